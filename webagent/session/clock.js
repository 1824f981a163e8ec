(() => {
  const Real = Date;
  const at = AT;
  const now = () => at;
  const Frozen = new Proxy(Real, {
    apply: () => new Real(at).toString(),
    construct: (target, args, asked) =>
      Reflect.construct(target, args.length ? args : [at], asked === Frozen ? target : asked),
    get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
  });
  Object.defineProperty(Real.prototype, "constructor", { value: Frozen, writable: true, configurable: true });
  Object.defineProperty(window, "Date", { value: Frozen, writable: true, configurable: true });
  document.currentScript.remove();
})();
