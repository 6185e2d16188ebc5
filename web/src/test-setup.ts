import '@testing-library/jest-dom/vitest';

// What jsdom lacks and the components touch. Tests of the scripts run without a window.
if (typeof window !== 'undefined') {
  Object.defineProperty(window, 'matchMedia', {
    writable: true,
    value: (query: string) => ({ matches: false, media: query, addEventListener: () => {}, removeEventListener: () => {} }),
  });
  window.scrollTo = () => {};
  Element.prototype.scrollIntoView = () => {};
}
