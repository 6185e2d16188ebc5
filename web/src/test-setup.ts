import '@testing-library/jest-dom/vitest';

// What jsdom lacks and the components touch.
Object.defineProperty(window, 'matchMedia', {
  writable: true,
  value: (query: string) => ({ matches: false, media: query, addEventListener: () => {}, removeEventListener: () => {} }),
});
window.scrollTo = () => {};
Element.prototype.scrollIntoView = () => {};
