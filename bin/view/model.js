// SPDX-License-Identifier: Apache-2.0
// The records that the page knows: the newest MOST of them, by their ids; which of them are shown; and what their states mean.
'use strict';

const states = {
  'open': { word: 'Opened', kind: 'good', mark: '✓', text: 'Opened by the schema.' },
  'null': { word: 'Null', kind: 'plain', mark: '–', text: 'Kafka’s null: there is nothing to open.' },
  'stored': { word: 'Stored', kind: 'plain', mark: '–', text: 'No schema was given: shown as it lies there.' },
  'clear': { word: 'In clear', kind: 'bad', mark: '!', text: 'Plaintext where ciphertext should be.' },
  'damaged': { word: 'Damaged', kind: 'bad', mark: '✗', text: 'It cannot be authenticated: changed, moved from elsewhere, or under another key.' },
  'refused': { word: 'Refused', kind: 'bad', mark: '✗', text: 'This value was refused. It is tried again.' },
  'denied': { word: 'Denied', kind: 'wait', mark: '…', text: 'Token or policy do not let it be opened. It is tried again.' },
  'no-key': { word: 'No key', kind: 'wait', mark: '…', text: 'The key is not there. It is tried again.' },
  'away': { word: 'Vault away', kind: 'wait', mark: '…', text: 'Vault does not answer. It is tried again.' },
  'no-rule': { word: 'No rule', kind: 'bad', mark: '?', text: 'No rule of the schema is for it.' },
  'unreadable': { word: 'Unreadable', kind: 'bad', mark: '✗', text: 'It is not what the rule expects.' },
};
const kinds = { good: 'Opened', wait: 'Waiting for a key', bad: 'Wrong', plain: 'Nothing to open' };
const stateOf = (record) => states[record.state] || states.unreadable;

// The text of bytes as the server tells them: null, {text}, or {base64}.
const textOf = (bytes) => !bytes ? null : bytes.text !== undefined ? bytes.text : bytes.base64;

class Model {
  constructor(most, characters) {
    this.most = most;
    this.characters = characters; // of all texts together
    this.clear();
  }

  clear() {
    this.records = []; // by id, ascending
    this.size = 0;
    this.topics = new Set();
  }

  // What was told up to that change is over: the server reads from elsewhere.
  clearTo(change) {
    const left = this.records.filter((record) => record.change > change);
    if (left.length === this.records.length) return false;
    this.clear();
    for (const record of left) this.add(record);
    return true;
  }

  static find(records, id) {
    let low = 0, high = records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (records[middle].id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  get(id) {
    const at = Model.find(this.records, id);
    return this.records[at] && this.records[at].id === id ? this.records[at] : null;
  }

  // A record that came, or one that was opened again.
  add(record) {
    const texts = [record.topic, textOf(record.key), textOf(record.stored), record.opened && textOf(record.opened.value), record.why,
      stateOf(record).word, String(record.offset)];
    record.search = texts.filter(Boolean).join('\n').slice(0, 8192).toLowerCase();
    record.size = texts.reduce((sum, text) => sum + (text ? text.length : 0), 0);
    const at = Model.find(this.records, record.id);
    if (this.records[at] && this.records[at].id === record.id) {
      this.size -= this.records[at].size;
      this.records[at] = record;
    } else {
      if (at === 0 && this.records.length >= this.most) return; // opened again, and gone here
      this.records.splice(at, 0, record);
      this.topics.add(record.topic);
    }
    this.size += record.size;
    this.shrink();
  }

  shrink() {
    let gone = 0;
    while (this.records.length - gone > 1 && (this.records.length - gone > this.most || this.size > this.characters)) this.size -= this.records[gone++].size;
    if (gone) this.records.splice(0, gone);
  }

  // The newest first. `filter`: search (lower case), topic, state (a state, or a kind with ":" in front).
  static choose(records, filter) {
    const chosen = [];
    for (let i = records.length - 1; i >= 0; i--) {
      const record = records[i];
      if (filter.topic && record.topic !== filter.topic) continue;
      if (filter.state && filter.state !== record.state && filter.state !== ':' + stateOf(record).kind) continue;
      if (filter.search && !record.search.includes(filter.search)) continue;
      chosen.push(record);
    }
    return chosen;
  }
}
