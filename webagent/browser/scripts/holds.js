// Whether the document shows or links to the address that is given, in one of two spellings.
const [given, parsed] = arguments;
for (const element of document.querySelectorAll("a, area, iframe, frame, img, embed, object")) {
  for (const name of ["href", "src", "data"]) {
    const value = element.getAttribute(name);
    if (value !== null && (value === given || value === parsed || value.trim() === parsed)) return true;
  }
}
return false;
