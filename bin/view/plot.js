// SPDX-License-Identifier: Apache-2.0
// A small plot of the last two minutes: a line and what is under it, in SVG.
'use strict';

const PLOT_SECONDS = 120;

const number = (value) => value >= 1e6 ? (value / 1e6).toFixed(1) + ' M' : value >= 1e4 ? (value / 1e3).toFixed(1) + ' k' : String(value);

class Plot {
  constructor(svg, label) {
    this.svg = svg;
    this.label = label;
    this.values = [];
    svg.setAttribute('viewBox', '0 0 120 32');
    svg.setAttribute('preserveAspectRatio', 'none');
    this.area = this.path('area');
    this.line = this.path('line');
  }

  path(name) {
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('class', name);
    path.setAttribute('vector-effect', 'non-scaling-stroke');
    this.svg.append(path);
    return path;
  }

  add(values) {
    this.values = this.values.concat(values).slice(-PLOT_SECONDS);
  }

  draw() {
    const most = Math.max(1, ...this.values), first = PLOT_SECONDS - this.values.length;
    const points = this.values.map((value, i) => `${first + i + 1} ${(30.5 - 28 * value / most).toFixed(2)}`);
    this.line.setAttribute('d', points.length ? 'M' + points.join('L') : '');
    this.area.setAttribute('d', points.length ? `M${first + 1} 32L${points.join('L')}L120 32Z` : '');
    this.svg.setAttribute('aria-label', `${this.label}: ${this.values.at(-1) || 0} now, ${Math.max(0, ...this.values)} at most in two minutes`);
  }
}
