// One object: what changes in it, its manifest, and who set what.

/** The object and, beside it, what is known of the line that somebody looks at. */
class ObjectView {
  constructor(app, object) {
    this.app = app;
    this.object = object;
    this.inspector = el('aside', { class: 'inspector', 'aria-label': 'Who set it', 'aria-live': 'polite' });
    this.holder = el('article', { class: 'object', tabindex: -1, 'aria-labelledby': 'object-title' });
    this.node = el('div', { class: 'object-view' }, this.holder, this.inspector);
    this.draw();
  }

  draw() {
    const { app, object } = this;
    const { change } = object;
    const rest = el('p', { class: 'note' }, 'Reading the manifest …');
    this.holder.append(...given([this.head(), el('div', { class: 'reasons' },
      object.marks.map(mark => el('p', { class: `reason level-${mark.level}` }, chip(mark), ' ', mark.reason)),
      change.asked.length > 0 && el('p', { class: 'asked' }, object.change.change === 'removed' ? 'was asked for by ' : 'asked for by ', change.asked.map(spot))),
    this.fields(), rest]));
    app.manifests.then(raw => {
      const rows = manifest(raw, app.data.spots, object.number);
      this.manifest = new Manifest(rows, { whole: this.isWhole(rows), choose: (row, index, chosen) => this.inspect(row, chosen) });
      rest.replaceWith(this.tools(rows), this.manifest.holder);
      const start = app.state.field ? this.manifest.of(app.state.field) : undefined;
      if (start !== undefined) this.manifest.move(start);
      else this.manifest.move(this.manifest.first(), false);
    });
  }

  /** New and old objects are all of one colour: of those everything is shown. */
  isWhole(rows) {
    return this.app.state.whole === 'yes' || !rows.some(row => row.op);
  }

  head() {
    const { app, object } = this;
    const entry = app.found.find(({ change }) => change === object.change);
    const all = entry ? entry.objects : [object];
    const at = all.indexOf(object);
    const link = (label, target, name) => el('button', { class: 'quiet', type: 'button', disabled: !target, 'aria-label': label, onclick: () => go({ ...app.state, object: target.key }) }, name);
    const place = [object.target, object.application, object.component].filter(Boolean);
    return el('header', { class: 'object-head' },
      el('a', { class: 'back', href: address({ ...app.state, object: '', view: 'changes', field: '' }) }, '‹ all changes'),
      el('p', { class: 'crumbs' }, place.flatMap((part, index) => (index ? [el('span', { 'aria-hidden': 'true' }, ' › '), part] : [part]))),
      el('h1', { id: 'object-title' },
        el('span', { class: `sign is-${object.change.change}`, 'aria-hidden': 'true' }, SIGNS[object.change.change]),
        el('span', { class: 'kind' }, object.change.kind), ' ', object.name),
      el('p', { class: 'fate' }, WORDS[object.change.change], object.from && [' from ', el('code', {}, object.from)],
        object.renamed && [object.change.change === 'added' ? ', was ' : ', now ', el('code', {}, object.renamed)],
        object.lines.some(Boolean) && [' · ', el('span', { class: 'plus' }, `+${object.lines[0]}`), ' ', el('span', { class: 'minus' }, `−${object.lines[1]}`)]),
      all.length > 1 && el('div', { class: 'same' },
        link('previous object with this change', all[at - 1], '‹'),
        el('label', { class: 'choice' }, el('span', { class: 'hidden' }, 'Objects with the same change'),
          el('select', { onchange: event => go({ ...app.state, object: event.target.value }) },
            all.slice(0, 500).map(other => el('option', { value: other.key, selected: other === object }, [other.target, other.application, other.bare].filter(Boolean).join(' · '))))),
        link('next object with this change', all[at + 1], '›'),
        el('span', { class: 'position' }, `${at + 1} of ${all.length.toLocaleString('en')} with this change`)));
  }

  fields() {
    const { fields } = this.object.change;
    if (!fields.length) return null;
    const row = field => el('li', {}, el('button', { class: 'field', type: 'button', onclick: () => this.look(field) },
      el('span', { class: 'path' }, broken(field.path)),
      el('span', { class: 'values' }, field.hash ? el('i', {}, 'another hash') : [
        field.old !== undefined && el('del', {}, short(field.old)),
        field.old !== undefined && field.new !== undefined && ' → ',
        field.new !== undefined && el('ins', {}, short(field.new))]),
      el('span', { class: 'by' }, (field.by.length ? field.by : field.was).map(spot))));
    const list = el('ul', { class: 'fields', 'aria-label': 'Fields that change' }, fields.slice(0, 12).map(row));
    if (fields.length > 12) {
      const more = el('button', { class: 'more', type: 'button', onclick: () => { more.parentNode.remove(); list.append(...fields.slice(12).map(row)); } }, plural(fields.length - 12, 'more field'));
      list.append(el('li', {}, more));
    }
    return list;
  }

  /** Looks at the line of a field. */
  look(field) {
    const index = this.manifest?.of(field.path) ?? this.manifest?.of(field.path.replace(/[.[][^.[]*$/, ''));
    if (index !== undefined) this.manifest.move(index);
    go({ ...this.app.state, field: field.path }, true);
  }

  tools(rows) {
    const { app } = this;
    const whole = el('input', { type: 'checkbox', id: 'whole', checked: this.isWhole(rows), onchange: event => {
      this.manifest.draw(event.target.checked);
      go({ ...app.state, whole: event.target.checked ? 'yes' : '' }, true);
    } });
    const owners = [...new Set(rows.map(row => row.by[0]?.owner).filter(Boolean))];
    const copy = el('button', { class: 'quiet', type: 'button', onclick: () => {
      navigator.clipboard?.writeText(rows.filter(row => row.op !== 2).map(row => row.text).join('\n') + '\n').then(() => { copy.textContent = 'copied'; });
    } }, 'copy');
    return el('div', { class: 'tools' },
      el('h2', {}, 'Manifest'),
      owners.length > 0 && el('ul', { class: 'legend', 'aria-label': 'who set the lines' }, owners.map(owner => el('li', {}, role(owner)))),
      el('label', { class: 'switch' }, whole, 'whole'), copy);
  }

  /** Shows who set a line, and what it was. */
  inspect(row, chosen) {
    const { change } = this.object;
    const field = change.fields.find(field => isAt(row.path, field.path)) ?? change.fields.find(field => isAt(field.path, row.path) && row.op);
    const isPart = field && field.path !== row.path;
    const value = !field && /:\s+(?![|>][-+]?\s*$)(.+)$/.exec(row.text)?.[1];
    const rowOf = (name, ...content) => el('div', { class: 'fact' }, el('dt', {}, name), el('dd', {}, content));
    const by = row.op === 2 ? [] : row.by;
    const was = field?.was ?? [];
    this.inspector.classList.toggle('chosen', Boolean(chosen));
    this.inspector.replaceChildren(...given([
      el('h2', {}, broken(row.path || 'the object')),
      el('dl', {},
        field?.hash && rowOf('now', el('i', {}, 'another hash in every object')),
        field && !field.hash && field.old !== undefined && rowOf(field.new === undefined ? 'was, and is gone' : 'was', block(field.old, 'del')),
        field && !field.hash && field.new !== undefined && rowOf(field.old === undefined ? 'is new' : 'is', block(field.new, 'ins')),
        value && rowOf('is', block(unquoted(value), 'span')),
        isPart && rowOf('part of', el('code', {}, broken(field.path))),
        by.length > 0 && rowOf('set by', by.map(spot)),
        !by.length && field?.by.length > 0 && rowOf('set by', field.by.map(spot)),
        was.length > 0 && rowOf('was set by', was.map(spot)),
        row.op === 2 && !field && change.asked.length > 0 && rowOf('the object was asked for by', change.asked.map(spot)),
        field?.why && rowOf('why', prose(field.why)),
        row.op !== 2 && row.template && rowOf('by way of', spot(row.template))),
      !by.length && !was.length && !field?.by.length && !change.asked.length && el('p', { class: 'note' }, row.op === 2 ? 'Who had set it is not known.' : 'Nobody is known to have set it.'),
      field && el('button', { class: 'quiet', type: 'button', onclick: event => {
        go({ ...this.app.state, field: field.path }, true);
        navigator.clipboard?.writeText(location.href);
        event.target.textContent = 'the address is copied';
      } }, 'link to this field')]));
  }
}

/** A path that may be broken between its steps. */
function broken(path) {
  return path.split(/(?<=\.|\])(?=.)/).flatMap((part, index) => (index ? [el('wbr'), part] : [part]));
}

/** A value, as long as it is. */
function block(value, tag) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return el(tag, { class: 'value' }, text === '' ? '""' : text);
}

function unquoted(text) {
  try {
    return text.startsWith('"') ? JSON.parse(text) : text;
  } catch {
    return text;
  }
}
