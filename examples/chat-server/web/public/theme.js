// Runs before the first paint, so that a theme chosen in the settings never flashes in the other one.
try {
  const preferences = localStorage.getItem("servertech:preferences") ?? "";
  const theme = /"theme":"(light|dark)"/.exec(preferences)?.[1];
  if (theme !== undefined) document.documentElement.dataset.theme = theme;
} catch {
  // Storage is off: the system's theme it is.
}
