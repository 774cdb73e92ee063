// What is shown is what the address says, so that every view can be linked to.

const FILTERS = ['q', 'env', 'app', 'kind', 'mark', 'change'];
const KEYS = ['view', 'object', 'field', 'whole', ...FILTERS];

/** The state that the address tells. */
function read() {
  const told = new URLSearchParams(location.hash.slice(1));
  const state = Object.fromEntries(KEYS.map(key => [key, told.get(key) ?? '']));
  if (state.object) state.view = 'changes';
  if (!['changes', 'graph'].includes(state.view)) state.view = 'overview';
  return state;
}

/** The address of a state. */
function address(state) {
  const parts = [];
  for (const key of KEYS) {
    const value = state[key];
    if (!value || (key === 'view' && (value === 'overview' || state.object))) continue;
    // A slash needs no disguise behind a hash, and people read addresses.
    parts.push(`${key}=${encodeURIComponent(value).replaceAll('%2F', '/')}`);
  }
  return `#${parts.join('&')}`;
}

/** Goes to a state: a step back leads to where it was, unless only words of a search are typed. */
function go(state, replace = false) {
  const to = address(state);
  if (to === (location.hash || '#')) return;
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  dispatchEvent(new Event('statechange'));
}

/** Whether anything is filtered. */
function isFiltered(state) {
  return FILTERS.some(key => state[key]);
}

/** The changes that the filters leave, each with those of its objects that they leave. */
function filtered(data, state) {
  const terms = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  const found = [];
  for (const change of data.changes) {
    if (state.kind && change.kind !== state.kind) continue;
    if (state.change && change.change !== state.change) continue;
    const rest = terms.filter(term => !change.search.includes(term));
    const is = object => (!state.env || object.target === state.env || object.target.startsWith(`${state.env}/`))
      && (!state.app || object.application === state.app)
      && (!state.mark || object.marks.some(mark => mark.name === state.mark))
      && rest.every(term => object.search.includes(term));
    const objects = change.objects.filter(is);
    if (objects.length) found.push({ change, objects });
  }
  return found;
}
