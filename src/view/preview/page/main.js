// The page: joins the views, the filters, the keys and the address.

const app = { open: new Set(), state: read() };

async function start() {
  if (!('DecompressionStream' in window)) {
    $('#wait').textContent = 'This browser cannot open the page; it must be of 2023 or later.';
    return;
  }
  const raw = await unpack('index');
  app.data = model(raw);
  $('#against').replaceChildren('compared with ', ...prose(app.data.against));
  document.title = `${app.data.objects.length} objects differ from ${app.data.against.replaceAll('`', '')} – oam preview`;
  choices();
  show();
  $('#stage').removeAttribute('aria-busy');
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
  // The lines come after what is seen first.
  app.manifests = new Promise(resolve => setTimeout(resolve)).then(() => unpack('manifests'));
  app.manifests.then(() => { document.documentElement.dataset.complete = String(Math.round(performance.now())); });
  if (app.later) app.later();
}

/** Fills the choices of the filters. */
function choices() {
  const { data } = app;
  const environments = [...new Set(data.targets.flatMap(target => (target.includes('/') ? [target.split('/')[0], target] : [target])))];
  const marks = [...data.marks].sort((a, b) => a.level - b.level).map(mark => mark.name);
  const fill = (id, all, names, word = name => name) => $(id).replaceChildren(el('option', { value: '' }, all), ...names.map(name => el('option', { value: name }, word(name))));
  fill('#env', 'all environments', environments.filter(Boolean));
  fill('#app', 'all applications', [...new Set(data.objects.map(object => object.application))].filter(Boolean).sort());
  fill('#kind', 'all kinds', [...new Set(data.changes.map(change => change.kind))].sort());
  fill('#mark', 'all marks', [...new Set(marks)]);
  fill('#change', 'all changes', [...new Set(data.changes.map(change => change.change))], name => WORDS[name]);
}

/** Shows what the state says. */
function show() {
  const before = app.shown ?? {};
  const { data } = app;
  const state = app.state = read();
  app.found = filtered(data, state);
  for (const name of FILTERS) {
    const field = $(`#${name}`);
    if (document.activeElement !== field || name !== 'q') field.value = state[name];
    field.classList.toggle('on', Boolean(state[name]));
  }
  const objects = app.found.reduce((sum, { objects }) => sum + objects.length, 0);
  $('#clear').hidden = !isFiltered(state);
  $('#count').textContent = isFiltered(state) ? `${objects.toLocaleString('en')} of ${plural(data.objects.length, 'object')}` : plural(data.objects.length, 'object');
  for (const link of document.querySelectorAll('.tabs a')) {
    link.href = address({ ...state, view: link.dataset.view, object: '', field: '' });
    if (link.dataset.view === state.view) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.body.dataset.view = state.view;
  document.body.classList.toggle('has-object', Boolean(state.object));
  const stage = $('#stage');
  if (state.view === 'changes') changes(stage, before);
  else stage.replaceChildren(state.view === 'graph' ? graphView(app) : overview(app));
  if (state.view !== before.view && app.shown) scrollTo(0, 0);
  app.shown = state;
}

/** The list, and the object that was chosen. */
function changes(stage, before) {
  const { data, state } = app;
  if (before.view !== 'changes') {
    app.list = new List(app);
    app.place = el('div', { class: 'place' });
    stage.replaceChildren(el('div', { class: 'changes' }, app.list.holder, app.place));
  }
  const object = data.byKey.get(state.object);
  if (object && object.change.objects.length > 1) app.open.add(object.change.number);
  app.list.fill();
  if (state.object && state.object === before.object && before.view === 'changes') return;
  app.view = undefined;
  if (object) {
    const place = () => {
      app.view = new ObjectView(app, object);
      app.place.replaceChildren(app.view.node);
      app.place.scrollTop = 0;
      if (matchMedia('(max-width: 820px)').matches) scrollTo(0, 0);
    };
    // At the very start the lines are not asked for yet.
    if (app.manifests) place();
    else app.later = place;
  } else {
    app.place.replaceChildren(el('div', { class: 'empty' }, state.object
      ? [el('p', {}, 'This object does not differ, or is not there: ', el('code', {}, state.object))]
      : app.found.length ? el('p', {}, 'Choose a change. ', el('kbd', {}, 'j'), ' goes to the next.') : el('p', {}, 'Nothing that differs is left by the filters.')));
  }
}

/** What keys do where nothing is typed. */
const KEYS_OF_PAGE = {
  '/': () => $('#q').focus(),
  '?': () => $('#help').showModal(),
  o: () => go({ ...app.state, view: 'overview', object: '', field: '' }),
  c: () => go({ ...app.state, view: 'changes' }),
  g: () => go({ ...app.state, view: 'graph', object: '', field: '' }),
  j: () => step(1),
  k: () => step(-1),
  n: () => app.view?.manifest?.jump(1),
  p: () => app.view?.manifest?.jump(-1),
  w: () => $('#whole')?.click(),
  x: () => clear(),
};

function step(by) {
  if (app.state.view !== 'changes') go({ ...app.state, view: 'changes' });
  app.list.step(by);
}

function clear() {
  go({ ...app.state, ...Object.fromEntries(FILTERS.map(name => [name, ''])) });
  $('#q').value = '';
}

function listen() {
  addEventListener('popstate', show);
  addEventListener('statechange', show);
  document.addEventListener('click', event => {
    const link = event.target.closest('a[href^="#"]');
    if (!link || link.classList.contains('skip') || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    if ((location.hash || '#') !== link.getAttribute('href')) {
      history.pushState(null, '', link.getAttribute('href'));
      show();
    }
  });
  document.addEventListener('keydown', event => {
    const typing = event.target.closest('input, select, textarea, dialog');
    if (event.key === 'Escape' && event.target.id === 'q') event.target.blur();
    if (typing || event.metaKey || event.ctrlKey || event.altKey || !KEYS_OF_PAGE[event.key]) return;
    event.preventDefault();
    KEYS_OF_PAGE[event.key]();
  });
  const filters = $('#filters');
  filters.addEventListener('submit', event => event.preventDefault());
  filters.addEventListener('reset', event => { event.preventDefault(); clear(); });
  filters.addEventListener('change', event => go({ ...app.state, [event.target.name]: event.target.value }));
  let waiting;
  $('#q').addEventListener('input', event => {
    clearTimeout(waiting);
    waiting = setTimeout(() => go({ ...app.state, q: event.target.value }, true), 60);
  });
  $('#help-button').addEventListener('click', () => $('#help').showModal());
  $('#theme').addEventListener('click', () => theme(true));
}

/** Light or dark: as the system has it, until somebody says otherwise. */
function theme(turn) {
  const root = document.documentElement;
  let said;
  try { said = localStorage.getItem('oam-theme'); } catch { /* A page from a file may have no store. */ }
  if (turn) {
    const isDark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    said = isDark ? 'light' : 'dark';
    try { localStorage.setItem('oam-theme', said); } catch { /* As above. */ }
  }
  if (said === 'light' || said === 'dark') root.dataset.theme = said;
}

theme(false);
listen();
start().catch(error => {
  $('#stage').replaceChildren(el('p', { class: 'note' }, `The page is broken: ${error.message}`));
  throw error;
});
