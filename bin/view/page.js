// SPDX-License-Identifier: Apache-2.0
// The page: it follows the server's events, and shows them. Whatever comes from Kafka goes into the page as text, never as HTML.
'use strict';

const MOST = 1000, CHARACTERS = 16 << 20, DRAW_MS = 250, OVERSCAN = 6;
const $ = (id) => document.getElementById(id);
const model = new Model(MOST, CHARACTERS);
const plots = { read: new Plot($('read-plot'), 'Read a second'), wrong: new Plot($('wrong-plot'), 'Not opened a second'), lag: new Plot($('lag-plot'), 'Lag') };
const filter = { search: '', topic: '', state: '' };
const page = { shown: [], frozen: null, chosen: null, change: 0, tick: 0, lost: 0, dirty: true, source: null, state: null };

// -- making elements --------------------------------------------------------------------------------------------------

const make = (name, className, ...children) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};

const badge = (record) => {
  const state = stateOf(record);
  return make('span', 'badge ' + state.kind, make('i', '', state.mark), state.word);
};

const timeOf = (record, long) => {
  if (record.time === undefined) return '';
  const time = new Date(record.time);
  const clock = time.toLocaleTimeString('en-GB') + '.' + String(time.getMilliseconds()).padStart(3, '0');
  return long ? time.toLocaleDateString('en-CA') + ' ' + clock : clock;
};

const brief = (bytes) => {
  const text = textOf(bytes);
  return text === null ? 'null' : text === '' ? '(empty)' : text.slice(0, 240);
};

// -- the list: only the rows that are seen are there ----------------------------------------------------------------------

const list = $('records'), space = $('space');
const rows = []; // elements, reused
const rowHeight = () => parseFloat(getComputedStyle(list).getPropertyValue('--row')) || 36;
let height = rowHeight();

const newRow = () => {
  const row = make('div', 'row');
  row.setAttribute('role', 'option');
  row.parts = ['state', 'place', 'time', 'key', 'stored', 'opened'].map((name) => make('span', name));
  row.append(...row.parts);
  row.addEventListener('click', () => choose(row.record, true));
  space.append(row);
  rows.push(row);
  return row;
};

const fillRow = (row, record) => {
  const [state, place, time, key, stored, opened] = row.parts;
  if (row.record !== record) {
    row.record = record;
    row.id = 'record-' + record.id;
    row.dataset.kind = stateOf(record).kind;
    state.replaceChildren(badge(record));
    place.replaceChildren(make('span', '', record.topic), make('b', '', `${record.partition}/${record.offset}`));
    time.textContent = timeOf(record, false);
    key.textContent = record.key ? brief(record.key) : '–';
    stored.textContent = brief(record.stored);
    opened.textContent = record.opened ? brief(record.opened.value) : record.why || stateOf(record).text;
    opened.classList.toggle('why', !record.opened);
  }
  row.setAttribute('aria-selected', String(record.id === page.chosen));
};

const drawRows = () => {
  const first = Math.max(0, Math.floor(list.scrollTop / height) - OVERSCAN);
  const last = Math.min(page.shown.length, Math.ceil((list.scrollTop + list.clientHeight) / height) + OVERSCAN);
  space.style.height = page.shown.length * height + 'px';
  for (let i = first; i < last; i++) {
    const row = rows[i - first] || newRow();
    fillRow(row, page.shown[i]);
    row.hidden = false;
    row.style.transform = `translateY(${i * height}px)`;
    row.setAttribute('aria-posinset', i + 1);
    row.setAttribute('aria-setsize', page.shown.length);
  }
  for (let i = last - first; i < rows.length; i++) {
    rows[i].hidden = true;
    rows[i].record = null;
    rows[i].removeAttribute('id');
  }
  const active = page.chosen !== null && document.getElementById('record-' + page.chosen);
  if (active) list.setAttribute('aria-activedescendant', active.id);
  else list.removeAttribute('aria-activedescendant');
};

// Whoever has scrolled down keeps what he sees, whatever comes on top.
const chooseShown = () => {
  const top = list.scrollTop > 1 ? page.shown[Math.floor(list.scrollTop / height)] : null;
  page.shown = Model.choose(page.frozen || model.records, filter);
  if (top) {
    const at = page.shown.findIndex((record) => record.id <= top.id);
    if (at >= 0) {
      space.style.height = page.shown.length * height + 'px';
      list.scrollTop = at * height + list.scrollTop % height;
    }
  }
};

const drawTopics = () => {
  const select = $('topic');
  const known = new Set([...select.options].map((option) => option.value));
  for (const topic of [...model.topics].sort())
    if (!known.has(topic) && select.options.length < 200) select.append(new Option(topic, topic));
};

const draw = () => {
  if (!page.dirty) return;
  page.dirty = false;
  chooseShown();
  drawRows();
  drawTopics();
  const of = page.frozen || model.records;
  $('count').textContent = page.shown.length === of.length ? `${of.length} records` : `${page.shown.length} of ${of.length} records`;
  $('empty').hidden = page.shown.length > 0;
  $('empty').textContent = of.length ? 'No record is like that.' : 'No records yet.';
  $('lost').hidden = !page.lost;
  $('lost').textContent = `${number(page.lost)} passed too fast to be shown`;
  $('retry').hidden = !of.some((record) => stateOf(record).kind === 'wait' || record.state === 'refused');
  if (page.frozen) $('pause').textContent = 'Go on' + (model.newest > page.frozenAt ? ' (new ones)' : '');
};

// -- one record -------------------------------------------------------------------------------------------------------

const table = (element, head, lines) => {
  const cells = (name, texts) => make('tr', '', ...texts.map((text) => text instanceof Node ? make(name, '', text) : make(name, '', String(text ?? ''))));
  element.replaceChildren(make('thead', '', cells('th', head)), make('tbody', '', ...lines.map((line) => cells('td', line))));
  for (const th of element.querySelectorAll('th')) th.scope = 'col';
};

const sideText = (bytes) => {
  if (!bytes) return 'null';
  const note = bytes.base64 !== undefined ? '  (bytes, in Base64)' : '';
  return textOf(bytes) + (bytes.cut ? `…  (cut: ${bytes.size} bytes in all)` : '') + note;
};

const resultWord = (result) => ({ open: 'opened', clear: 'in clear', 'not tried': 'not tried' })[result] || result || '';

const result = (word) => {
  const kind = word === 'open' ? 'good' : !word || word === 'undecidable' || word === 'not tried' ? 'plain' : 'bad';
  return make('span', 'badge ' + kind, resultWord(word) || 'not tried');
};

const rowsOf = (thing) => Object.entries(thing.rows).filter(([name]) => name !== 'key' && name !== 'key_version').map(([name, value]) => `${name}: ${value}`).join(' · ');

const drawFacts = (record) => {
  const facts = [['Time', record.time === undefined ? '–' : timeOf(record, true) + (record.time_type === 'append' ? ' (of the log)' : '')],
    ['Key', record.key ? sideText(record.key) : 'none'], ['Rule', record.rule || '–'],
    ['Size', record.stored ? `${record.stored.size} bytes` : 'null']];
  const key = record.opened && record.opened.key;
  if (key && textOf(key) !== textOf(record.key)) facts.splice(2, 0, ['Key, opened', sideText(key)]);
  $('facts').replaceChildren(...facts.map(([name, value]) => make('div', value.length > 26 ? 'long' : '', make('dt', '', name), make('dd', '', value))));
};

const drawDetail = () => {
  const record = page.detail;
  $('one').hidden = !record;
  $('none').hidden = Boolean(record);
  document.body.classList.toggle('has-record', Boolean(record));
  if (!record) return;
  const state = stateOf(record);
  $('place').textContent = `${record.topic} · ${record.partition} / ${record.offset}`;
  $('verdict').className = 'verdict ' + state.kind;
  $('verdict').replaceChildren(badge(record), ' ', state.text, record.why ? make('span', 'why', (record.where ? record.where + ': ' : '') + record.why) : null ?? '');
  drawFacts(record);
  $('stored').textContent = sideText(record.stored);
  $('opened').textContent = record.opened ? sideText(record.opened.value) : 'not opened';
  $('opened').classList.toggle('none', !record.opened);
  const fields = record.fields || [], found = record.found || [], headers = record.headers || [];
  table($('fields'), ['Field', 'Method', 'Key', 'Result'], fields.map((field) => [field.path, field.method, field.key, result(field.result)]));
  table($('found'), ['Place', 'Format', 'Key', 'Version', 'More'], found.map((thing) => [(thing.in_key ? 'key ' : '') + thing.place,
    thing.format + (thing.certain ? '' : '?'), thing.rows.key, thing.rows.key_version, rowsOf(thing)]));
  table($('headers'), ['Name', 'Value'], headers.map((header) => [sideText(header.name), sideText(header.value)]));
  $('fields-part').hidden = !fields.length;
  $('found-part').hidden = !found.length;
  $('headers-part').hidden = !headers.length;
};

const narrow = matchMedia('(max-width: 900px)');

const choose = (record, enter) => {
  page.chosen = record ? record.id : null;
  page.detail = record;
  drawDetail();
  drawRows();
  if (record && enter && narrow.matches) $('detail').focus();
};

const back = () => {
  if (narrow.matches) choose(null, false);
  list.focus();
};

// Moves the choice, and the list so that it is seen.
const move = (to) => {
  if (!page.shown.length) return;
  const at = Math.max(0, Math.min(page.shown.length - 1, to));
  const top = at * height, bottom = top + height;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
  page.chosen = page.shown[at].id;
  page.detail = narrow.matches ? null : page.shown[at];
  drawDetail();
  drawRows();
};

const onListKey = (event) => {
  const at = page.shown.findIndex((record) => record.id === page.chosen);
  const pageful = Math.max(1, Math.floor(list.clientHeight / height) - 1);
  const moves = { ArrowDown: at + 1, ArrowUp: at < 0 ? 0 : at - 1, Home: 0, End: page.shown.length - 1, PageDown: at + pageful, PageUp: at - pageful };
  if (event.key in moves) move(moves[event.key]);
  else if ((event.key === 'Enter' || event.key === ' ') && page.shown[Math.max(at, 0)]) {
    choose(page.shown[Math.max(at, 0)], false);
    $('detail').focus();
  } else return;
  event.preventDefault();
};

// -- the server -------------------------------------------------------------------------------------------------------

const say = (text, kind) => {
  $('notice').hidden = !text;
  $('notice').textContent = text;
  $('notice').className = 'notice ' + (kind || '');
};

const matterWords = { kafka: 'Kafka', vault: 'Vault', keys: 'Keys' };
const matterKind = (state) => ['reading', 'well', 'here', 'in Vault'].includes(state) ? 'good' : ['connecting', 'none', 'unknown', ''].includes(state) ? 'plain' : 'wait';

const drawState = (state) => {
  if (model.clearTo(state.ring.cleared)) {
    if (page.frozen) pause();
    if (page.chosen && !model.get(page.chosen)) choose(null, false);
    page.dirty = true;
  }
  const chips = Object.keys(matterWords).filter((name) => state[name] && state[name].state).map((name) => {
    const chip = make('li', 'matter ' + matterKind(state[name].state), make('b', '', matterWords[name]), ' ', state[name].state);
    chip.title = state[name].why;
    return chip;
  });
  $('matters').replaceChildren(...chips);
  for (const name of Object.keys(plots)) {
    plots[name].add(state.tick > page.tick ? state.history[name] : []);
    plots[name].draw();
    $(name + '-now').textContent = number(plots[name].values.at(-1) || 0);
  }
  page.tick = state.tick;
  $('logout').hidden = !state.log_in;
  const troubles = ['kafka', 'vault', 'keys'].filter((name) => state[name] && state[name].why && matterKind(state[name].state) === 'wait');
  say(troubles.map((name) => `${matterWords[name]} ${state[name].state}: ${state[name].why}`).join('  ·  '), 'wait');
};

const onRecords = (event) => {
  const data = JSON.parse(event.data);
  for (const record of data.records) {
    model.add(record);
    model.newest = record.id;
    if (page.detail && page.detail.id === record.id) {
      page.detail = record;
      drawDetail();
    }
  }
  if (event.lastEventId) page.change = event.lastEventId;
  page.lost = page.lostBefore + data.lost;
  page.dirty = true;
};

const connect = () => {
  const source = new EventSource('/api/events' + (page.change ? '?since=' + encodeURIComponent(page.change) : ''));
  page.source = source;
  page.lostBefore = page.lost;
  source.addEventListener('records', onRecords);
  source.addEventListener('state', (event) => drawState(JSON.parse(event.data)));
  source.addEventListener('error', async () => {
    source.close();
    $('matters').replaceChildren(make('li', 'matter bad', 'cut off'));
    say('The server does not answer; it is asked again.', 'bad');
    try {
      const answer = await fetch('/api/state');
      if (answer.status === 401) location.assign('/login');
      if (answer.ok) say('The server lets no more pages follow for now; it is asked again.', 'bad');
    } catch { /* it is away */ }
    setTimeout(connect, 2000);
  });
};

const post = async (path) => {
  const answer = await fetch(path, { method: 'POST' });
  if (!answer.ok) say((await answer.json().catch(() => ({}))).error || 'The server refused that.', 'bad');
  return answer.ok;
};

const follow = async (event) => {
  event.preventDefault();
  const from = $('from').value;
  const place = from === 'offset' ? $('offset').value.trim() : from === 'time' ? 's@' + new Date($('time').value).getTime() : from;
  await post('/api/follow?from=' + encodeURIComponent(place)); // what is over goes with the next state
};

// -- controls ---------------------------------------------------------------------------------------------------------

const pause = () => {
  page.frozen = page.frozen ? null : model.records.slice();
  page.frozenAt = model.newest;
  $('pause').setAttribute('aria-pressed', String(Boolean(page.frozen)));
  $('pause').textContent = page.frozen ? 'Go on' : 'Pause';
  page.dirty = true;
  draw();
};

const nextTheme = () => {
  const words = { auto: ['Auto', 'as the system'], light: ['Light', 'light'], dark: ['Dark', 'dark'] };
  const [word, long] = words[theme.get()];
  $('theme').textContent = word;
  $('theme').setAttribute('aria-label', 'Colours: ' + long);
};

const onKey = (event) => {
  const typing = event.target.matches('input, select, textarea');
  if (event.key === 'Escape' && !$('help').open) {
    if (event.target === $('search') && $('search').value) return;
    back();
    event.preventDefault();
    return;
  }
  if (typing || event.ctrlKey || event.altKey || event.metaKey || $('help').open) return;
  const keys = { '/': () => $('search').focus(), 'p': pause, 't': () => $('theme').click(), '?': () => $('help').showModal() };
  if (!keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
};

const setUp = () => {
  $('state').append(new Option('All states', ''));
  for (const [kind, word] of Object.entries(kinds)) $('state').append(new Option(word, ':' + kind));
  for (const [name, state] of Object.entries(states)) $('state').append(new Option('  ' + state.word, name));
  const change = () => {
    filter.search = $('search').value.toLowerCase();
    filter.topic = $('topic').value;
    filter.state = $('state').value;
    list.scrollTop = 0;
    page.dirty = true;
    draw();
  };
  for (const id of ['search', 'topic', 'state']) $(id).addEventListener('input', change);
  $('from').addEventListener('input', () => {
    $('offset-label').hidden = $('from').value !== 'offset';
    $('time-label').hidden = $('from').value !== 'time';
    $('offset').required = $('from').value === 'offset';
    $('time').required = $('from').value === 'time';
  });
  $('follow').addEventListener('submit', follow);
  $('pause').addEventListener('click', pause);
  $('retry').addEventListener('click', () => post('/api/retry'));
  $('close').addEventListener('click', () => { choose(null, false); list.focus(); });
  $('theme').addEventListener('click', () => { theme.next(); nextTheme(); });
  $('help-open').addEventListener('click', () => $('help').showModal());
  $('logout').addEventListener('click', async () => { await post('/logout'); location.assign('/login'); });
  list.addEventListener('keydown', onListKey);
  list.addEventListener('scroll', drawRows, { passive: true });
  addEventListener('resize', () => { height = rowHeight(); drawRows(); });
  document.addEventListener('keydown', onKey);
  nextTheme();
  connect();
  setInterval(draw, DRAW_MS);
};

setUp();
