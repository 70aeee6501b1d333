// SPDX-License-Identifier: Apache-2.0
// The colours, before anything is drawn: as the system has them, or as they were chosen here.
'use strict';

const theme = (() => {
  const names = ['auto', 'light', 'dark'];
  let now = 'auto';
  try {
    now = localStorage.getItem('theme') || 'auto';
  } catch { /* no storage: as the system */ }

  const set = (name) => {
    now = names.includes(name) ? name : 'auto';
    if (now === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = now;
    try {
      localStorage.setItem('theme', now);
    } catch { /* for this page alone */ }
    return now;
  };
  set(now);
  document.addEventListener('DOMContentLoaded', () => {
    const wrong = document.getElementById('wrong');
    if (wrong) wrong.hidden = location.search !== '?wrong';
  });
  return { get: () => now, next: () => set(names[(names.indexOf(now) + 1) % names.length]) };
})();
