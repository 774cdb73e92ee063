// The changes as a list: what many objects share is one row that opens.

const TALL = 58;
const LOW = 32;

/** The list. `app.open` holds the changes whose objects are shown. */
class List {
  constructor(app) {
    this.app = app;
    this.holder = el('div', { class: 'list', id: 'list', role: 'tree', tabindex: 0, 'aria-label': 'Changes', onkeydown: event => this.key(event), onfocus: () => this.focused() });
    this.rows = new Rows(this.holder, { height: row => (row.object && !row.alone ? LOW : TALL), draw: (row, index) => this.draw(row, index) });
    this.cursor = 0;
  }

  /** Shows what the filters leave. */
  fill() {
    const { found, open, state } = this.app;
    const rows = [];
    for (const entry of found) {
      const alone = entry.objects.length === 1;
      rows.push({ entry, alone, object: alone ? entry.objects[0] : undefined });
      if (!alone && open.has(entry.change.number)) entry.objects.forEach((object, place) => rows.push({ entry, object, place }));
    }
    this.items = rows;
    const at = rows.findIndex(row => row.object && row.object.key === state.object);
    this.cursor = at >= 0 ? at : Math.min(this.cursor, Math.max(0, rows.length - 1));
    this.rows.set(rows);
    if (at >= 0) requestAnimationFrame(() => this.rows.reveal(at));
    this.focused();
  }

  draw(row, index) {
    const { open, state } = this.app;
    const { change, objects } = row.entry;
    const isShown = row.object !== undefined && row.object.key === state.object;
    const isOpen = open.has(change.number);
    const properties = {
      id: `row-${index}`, role: 'treeitem', 'aria-selected': String(isShown), 'aria-level': row.object && !row.alone ? 2 : 1,
      'aria-setsize': row.place === undefined ? undefined : objects.length, 'aria-posinset': row.place === undefined ? undefined : row.place + 1,
      onclick: () => { this.cursor = index; this.act(row); },
    };
    const cursor = index === this.cursor ? ' cursor' : '';
    if (row.object && !row.alone) {
      return el('div', { ...properties, class: `row low${cursor}` },
        el('span', { class: 'where' }, [row.object.target, row.object.application].filter(Boolean).join(' · ')), ' ', el('b', {}, row.object.bare));
    }
    return el('div', { ...properties, class: `row entry level-edge-${gravest(change.marks)}${cursor}`, 'aria-expanded': row.alone ? undefined : String(isOpen) },
      summaryOf(row.entry),
      row.alone ? null : el('span', { class: 'opener', 'aria-label': plural(objects.length, 'object') }, objects.length.toLocaleString('en'), el('span', { 'aria-hidden': 'true' }, isOpen ? ' ▾' : ' ▸')));
  }

  /** Opens an object, or what many objects share together with the first of them. */
  act(row) {
    const { app } = this;
    if (row.object) {
      go({ ...app.state, object: row.object.key, field: '' });
      return;
    }
    this.toggle(row.entry.change.number);
    if (app.open.has(row.entry.change.number)) go({ ...app.state, object: row.entry.objects[0].key, field: '' });
  }

  toggle(number) {
    const { open } = this.app;
    if (!open.delete(number)) open.add(number);
    this.fill();
  }

  /** Tells readers of the screen where the cursor is. */
  focused() {
    if (this.items?.length) this.holder.setAttribute('aria-activedescendant', `row-${this.cursor}`);
    else this.holder.removeAttribute('aria-activedescendant');
  }

  move(to) {
    if (!this.items.length) return;
    this.cursor = Math.max(0, Math.min(this.items.length - 1, to));
    this.rows.reveal(this.cursor);
    this.rows.redraw();
    this.focused();
  }

  /** Goes to the next or previous object, over rows that are none. */
  step(by) {
    let to = this.cursor + by;
    const { state } = this.app;
    if (!state.object && by > 0) to = this.cursor;
    const row = this.items[to];
    if (!row) return;
    this.cursor = to;
    if (row.object) this.act(row);
    else if (!this.app.open.has(row.entry.change.number)) this.act(row);
    else this.step(by);
  }

  key(event) {
    const row = this.items[this.cursor];
    const number = row?.entry.change.number;
    const keys = {
      ArrowDown: () => this.move(this.cursor + 1),
      ArrowUp: () => this.move(this.cursor - 1),
      PageDown: () => this.move(this.cursor + 10),
      PageUp: () => this.move(this.cursor - 10),
      Home: () => this.move(0),
      End: () => this.move(this.items.length - 1),
      Enter: () => row && this.act(row),
      ' ': () => row && this.act(row),
      ArrowRight: () => { if (row && !row.object && !this.app.open.has(number)) this.toggle(number); },
      ArrowLeft: () => {
        if (!row || row.alone || !this.app.open.has(number)) return;
        this.cursor = this.items.findIndex(other => other.entry === row.entry);
        this.toggle(number);
      },
    };
    if (!keys[event.key] || event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  }
}
