// Runs before the first paint: the chosen theme and density, so that nothing flashes.
(function () {
  var root = document.documentElement;
  try {
    var theme = localStorage.getItem('vitrine.theme');
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
    root.dataset.density = localStorage.getItem('vitrine.density') === 'compact' ? 'compact' : 'normal';
  } catch (e) {
    root.dataset.density = 'normal';
  }
})();
