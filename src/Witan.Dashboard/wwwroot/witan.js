// What the page cannot do without script. Loaded before the first paint, so that the theme does not change under the eye.
'use strict';
window.witan = {
  recall: (name) => sessionStorage.getItem(name),
  remember: (name, value) => sessionStorage.setItem(name, value),
  forget: (name) => sessionStorage.removeItem(name),
  theme: () => localStorage.getItem('witan-theme') || 'system',
  chooseTheme: (theme) => {
    localStorage.setItem('witan-theme', theme);
    witan.showTheme();
  },
  showTheme: () => {
    const theme = witan.theme();
    const isDark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
  },
};
witan.showTheme();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', witan.showTheme);
