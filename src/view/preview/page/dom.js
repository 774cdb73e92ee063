// Elements. Text of others is only ever set as text, never read as markup.

const $ = (selector, root = document) => root.querySelector(selector);

const SVG = 'http://www.w3.org/2000/svg';

/** An element: `onclick` and the like are listeners, other properties are attributes; children are nodes or text. */
function el(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same for drawings. */
function svg(tag, properties, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...given(children));
  return node;
}

/** The children that are there: of `condition && node` the condition may be left. */
function given(children) {
  return children.flat(2).filter(child => child !== undefined && child !== null && child !== false && child !== '');
}

/** Words with names in backticks: the names as code. */
function prose(text) {
  return text.split('`').map((part, index) => (index % 2 ? el('code', {}, part) : part));
}

/** `3 objects` */
function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** A mark as a chip. */
function chip(mark) {
  return el('span', { class: `chip level-${mark.level} mark-${mark.name}`, title: mark.reason }, mark.name);
}

/** Whose file it is, as a word in its colour. */
function role(owner) {
  return el('span', { class: `role role-${owner}` }, owner);
}

/** A place in a file with its owner. */
function spot(place) {
  return el('span', { class: 'spot' }, el('code', {}, `${place.file}:${place.line}`), role(place.owner));
}
