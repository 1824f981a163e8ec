// What kind of document this is. Returns {kind}: its content type; "" where the page does not let it be known.
"use strict";
try {
  // From the prototype: a form named "contentType" would stand in its place.
  return { kind: String(Object.getOwnPropertyDescriptor(Document.prototype, "contentType").get.call(document)) };
} catch {
  return { kind: "" };
}
