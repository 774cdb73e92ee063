// Many rows of which only those exist that can be seen.

/** A scroller of rows with known heights. `draw(row, index)` makes the element of a row. */
class Rows {
  constructor(holder, { height, draw }) {
    this.holder = holder;
    this.height = height;
    this.draw = draw;
    this.items = [];
    this.tops = [0];
    this.drawn = new Map();
    this.space = el('div', { class: 'rows-space', role: 'presentation' });
    holder.append(this.space);
    holder.addEventListener('scroll', () => this.show(), { passive: true });
    new ResizeObserver(() => this.show()).observe(holder);
  }

  /** Shows other rows. */
  set(items) {
    this.items = items;
    this.tops = [0];
    for (const item of items) this.tops.push(this.tops.at(-1) + this.height(item));
    this.space.style.height = `${this.tops.at(-1)}px`;
    this.redraw();
  }

  /** Makes what is seen anew. */
  redraw() {
    for (const node of this.drawn.values()) node.remove();
    this.drawn.clear();
    this.show();
  }

  /** The row at a height. */
  at(top) {
    let [low, high] = [0, this.items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.tops[middle + 1] <= top) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  show() {
    const { scrollTop, clientHeight } = this.holder;
    const first = Math.max(0, this.at(scrollTop) - 6);
    const last = Math.min(this.items.length - 1, this.at(scrollTop + clientHeight) + 6);
    for (const [index, node] of this.drawn) {
      if (index < first || index > last) {
        node.remove();
        this.drawn.delete(index);
      }
    }
    for (let index = first; index <= last; index++) {
      if (this.drawn.has(index)) continue;
      const node = this.draw(this.items[index], index);
      node.style.top = `${this.tops[index]}px`;
      node.style.height = `${this.height(this.items[index])}px`;
      this.drawn.set(index, node);
      // Readers of the screen go by the order of the document.
      const next = [...this.drawn.keys()].filter(known => known > index).sort((a, b) => a - b)[0];
      this.space.insertBefore(node, next === undefined ? null : this.drawn.get(next));
    }
  }

  /** Brings a row into sight. */
  reveal(index) {
    const [top, bottom] = [this.tops[index], this.tops[index + 1]];
    const { scrollTop, clientHeight } = this.holder;
    if (top < scrollTop) this.holder.scrollTop = top;
    else if (bottom > scrollTop + clientHeight) this.holder.scrollTop = bottom - clientHeight;
    this.show();
  }
}
