// Runs before the first paint: the chosen theme and density, so that nothing flashes.
(function () {
  var root = document.documentElement;
  try {
    var theme = localStorage.getItem('vitrine.theme');
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
    var density = localStorage.getItem('vitrine.density');
    root.dataset.density = density === 'compact' || density === 'roomy' ? density : 'normal';
  } catch (e) {
    root.dataset.density = 'normal';
  }
})();
