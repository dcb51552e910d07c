// What both of Plausible's packages need of a browser.
import { JSDOM } from 'jsdom';

export function browser(path) {
  const { window } = new JSDOM('<!doctype html><title>Shop</title>', { url: `http://shop.example${path}`, referrer: 'https://search.example/', pretendToBeVisual: true });
  for (const name of ['window', 'document', 'location', 'history', 'navigator', 'XMLHttpRequest', 'ResizeObserver', 'localStorage'])
    Object.defineProperty(globalThis, name, { value: name === 'window' ? window : window[name] ?? class { observe() {} }, configurable: true, writable: true });
  window.fetch = globalThis.fetch;
  return window;
}
