// The page. It knows only what openapi.yaml says, and all its URLs are relative (an ingress may prefix them).

import { addFacts, askVersion, canGuide, isNewer, mayForce, stepsOf } from './guide.js';

const $ = (id) => document.getElementById(id);
const state = { token: sessionStorage.getItem('token') || '', locks: [], jobs: [], images: [], adapters: [], paused: false, seq: null, open: new Set(), timelines: new Map() };

// ---- talking to the service ------------------------------------------------------------------------------

class Problem extends Error {
  constructor(status, body) {
    super(body.detail || `The service answered ${status}.`);
    this.status = status;
    this.code = body.code || '';
    this.advice = body.advice || '';
  }
}

async function api(path, options = {}) {
  const headers = { ...options.headers };
  if (state.token) headers.Authorization = `Bearer ${state.token}`;
  let body = options.body;
  if (body !== undefined && !(body instanceof Blob)) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(body);
  }
  const answer = await fetch(path, { method: options.method || 'GET', headers, body, cache: 'no-store' });
  const text = await answer.text();
  let json = {};
  try { json = text ? JSON.parse(text) : {}; } catch { /* a proxy's own error page */ }
  if (!answer.ok) throw new Problem(answer.status, json);
  return json;
}

function tell(error) {
  if (error instanceof Problem && error.status === 401) return signIn();
  const notice = $('notice');
  notice.textContent = error.advice ? `${error.message}\n${error.advice}` : error.message || String(error);
  notice.hidden = false;
}

const act = (work) => async () => {
  $('notice').hidden = true;
  try { await work(); } catch (error) { tell(error); }
};

// ---- small helpers -----------------------------------------------------------------------------------------

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value; else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
  return element;
}

const time = (text) => (text ? new Date(text).toLocaleString() : 'never');
const bytes = (n) => (n >= 1e6 ? `${(n / 1e6).toFixed(1)} MB` : `${(n / 1000).toFixed(1)} kB`);

function left(eta) {
  if (!eta) return '';
  const seconds = Math.max(0, Math.round((new Date(eta) - Date.now()) / 1000));
  return seconds >= 3600 ? `${Math.round(seconds / 360) / 10} h left` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} left`;
}

const waits = {
  wake: 'waiting for the lock to wake: press a key on it', window: 'waiting for its time window', slot: 'waiting for another update to end',
  adapter: 'waiting for the stick', owner: 'waiting for the stick’s owner', battery: 'waiting for fresh batteries', user: 'waiting for you',
  backoff: 'waiting before the next try', hold: 'held: the lock has the image and waits to install it',
};
const remedies = {
  press_key: 'Press a key on the lock now.', replace_batteries: 'Put fresh batteries in, then press a key.', decide: 'It needs your decision.', check_adapter: 'See whether the stick is plugged in.',
  follow_guide: 'Follow the steps.', confirm_version: 'Say which version it shows.',
};
// What a wait is about: what to do now, when it goes on by itself, and when it is given up.
function waitLine(job) {
  if (job.phase !== 'waiting') return null;
  const parts = [remedies[job.action], job.waiting_until && `It goes on by itself about ${time(job.waiting_until)}.`,
    job.deadline && `Otherwise it is given up on ${time(job.deadline)}.`].filter(Boolean);
  return parts.length ? make('div', { className: 'advice' }, parts.join('\n')) : null;
}
const words = (job) => (job.phase === 'waiting' ? waits[job.waiting_for] || 'waiting' : job.phase);

function ask(title, text) {
  $('confirm-title').textContent = title;
  $('confirm-text').textContent = text;
  const dialog = $('confirm');
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener('close', () => done(dialog.returnValue === 'yes'), { once: true }));
}

// ---- locks -------------------------------------------------------------------------------------------------

function battery(lock) {
  const parts = [];
  if (lock.battery_percent !== null) parts.push(`${lock.battery_percent} %`);
  if (lock.battery_voltage !== null) parts.push(`${lock.battery_voltage.toFixed(1)} V`);
  return parts.join(', ') || 'unknown';
}

function facts(lock) {
  const list = make('dl');
  const add = (name, value) => list.append(make('dt', {}, name), make('dd', {}, value));
  add('Installed', lock.installed_version || 'unknown until it is heard');
  if (lock.latest_version && lock.latest_version !== lock.installed_version) add('Available', lock.latest_version);
  const refused = (lock.not_offered || []).filter((image) => !['superseded', 'not_newer', 'already_installed'].includes(image.reason));
  if (refused.length) add('Not offered', refused.map((image) => `${image.version} (${image.reason.replaceAll('_', ' ')})`).join(', '));
  addFacts(lock, add);
  add('Battery', battery(lock));
  add('Last heard', time(lock.last_heard));
  if (lock.policy.window) add('Window', `${lock.policy.window} ${lock.policy.time_zone}${lock.window_open ? ', open' : `, next ${time(lock.window_opens_at)}`}`);
  if (lock.model) add('Model', [lock.manufacturer, lock.model].filter(Boolean).join(' '));
  return list;
}

async function update(lock) {
  const report = await api(`api/v1/locks/${encodeURIComponent(lock.id)}/check`, { method: 'POST' });
  const issues = report.findings.filter((finding) => finding.verdict !== 'ok').map((finding) => finding.evidence || finding.code);
  const text = `From ${lock.installed_version || 'an unknown version'} to ${lock.latest_version}. Stay near with a key; the lock keeps working while it loads.` +
    (issues.length ? ` Note: ${issues.join('; ')}.` : '');
  if (!(await ask(`Update ${lock.name}?`, text))) return;
  const shut = report.findings.find((finding) => finding.code === 'outside_window' && finding.verdict === 'block');
  const force = shut && (await ask('Now, outside its window?', `${shut.evidence}. "Not now" lets it wait for the window.`)) ? ['outside_window'] : [];
  await api('api/v1/jobs', { method: 'POST', body: { lock: lock.id, force }, headers: { 'Idempotency-Key': crypto.randomUUID?.() || String(Math.random()).slice(2) } });
  await refresh();
}

function lockActions(lock) {
  const actions = make('div', { className: 'actions' });
  const path = `api/v1/locks/${encodeURIComponent(lock.id)}`;
  const button = (label, work, primary) => actions.append(make('button', { type: 'button', className: primary ? 'primary' : '', onclick: act(work) }, label));
  if (canGuide(lock)) button('Guide me', () => api('api/v1/jobs', { method: 'POST', body: { lock: lock.id } }).then(refresh), true);
  else if (!lock.guide && !lock.job_id && isNewer(lock)) button('Update', () => update(lock), true);
  if (lock.job_id && lock.waiting_for === 'wake') button('I pressed a key', () => api(`${path}/wake`, { method: 'POST' }), true);
  button('Check', async () => showCheck(lock, await api(`${path}/check`, { method: 'POST' })));
  button('Policy', () => editPolicy(lock, path));
  if (lock.problem) button('Dismiss', () => api(`${path}/dismiss`, { method: 'POST' }).then(refresh));
  return actions;
}

async function editPolicy(lock, path) {
  const fields = { auto_update: 'policy-auto', window: 'policy-window', time_zone: 'policy-zone', min_battery_percent: 'policy-battery', pinned_version: 'policy-pinned', skipped_version: 'policy-skipped' };
  const dialog = $('policy');
  $('policy-title').textContent = `Policy of ${lock.name}`;
  for (const [name, id] of Object.entries(fields)) {
    $(id).value = lock[name] ?? '';
    if (name in lock.policy) $(id).placeholder = lock.policy[name] ?? '';
  }
  dialog.returnValue = 'no';
  dialog.showModal();
  await new Promise((done) => dialog.addEventListener('close', done, { once: true }));
  if (dialog.returnValue !== 'yes') return;
  const body = {};
  for (const [name, id] of Object.entries(fields)) {
    const value = $(id).value.trim();
    body[name] = value === '' ? null : name === 'min_battery_percent' ? Number(value) : value;
  }
  await api(path, { method: 'PATCH', body });
  await refresh();
}

function showCheck(lock, report) {
  const lines = report.findings.map((finding) => `${finding.verdict === 'ok' ? '✓' : finding.verdict === 'warn' ? '!' : '✗'} ${finding.evidence || finding.code}` +
    (finding.verdict !== 'ok' && finding.remedy ? ` (${finding.remedy})` : ''));
  tell({ message: `${lock.name}: ${report.verdict === 'block' ? 'not ready' : 'ready'}`, advice: lines.join('\n') });
}

function lockCard(lock) {
  const pill = make('span', { className: `pill ${lock.problem ? 'bad' : lock.phase === 'idle' ? '' : 'good'}` }, lock.problem ? 'problem' : lock.phase);
  const card = make('article', { className: 'card' }, make('div', { className: 'row' }, make('h3', {}, lock.name, ' ', pill)),
    make('p', { className: 'where' }, `${lock.address} on ${lock.adapter}`), facts(lock));
  if (lock.problem) card.append(make('div', { className: 'advice bad' }, [lock.error_message, lock.advice].filter(Boolean).join('\n')));
  card.append(lockActions(lock));
  return card;
}

// ---- jobs --------------------------------------------------------------------------------------------------

const active = (job) => !job.final;

function progressOf(job) {
  if (job.update_percentage === null) return null;
  const numbers = make('div', { className: 'numbers' }, make('span', {}, `${job.update_percentage.toFixed(1)} %`),
    make('span', {}, job.bytes_total ? `${bytes(job.bytes_done)} of ${bytes(job.bytes_total)}` : ''),
    make('span', {}, job.rate_bytes_s ? `${(job.rate_bytes_s / 1000).toFixed(2)} kB/s` : ''), make('span', {}, left(job.eta)));
  return make('div', {}, make('progress', { max: 100, value: job.update_percentage, 'aria-label': `update of ${job.lock}` }), numbers);
}

function timelineOf(job) {
  const list = make('ol', { className: 'timeline' });
  for (const event of state.timelines.get(job.id) || []) {
    list.append(make('li', {}, make('time', { dateTime: event.at }, time(event.at)),
      make('span', { className: 'phase' }, event.waiting_for ? `waiting (${event.waiting_for})` : event.phase || event.kind), make('span', {}, event.text || event.code || '')));
  }
  const details = make('details', { open: state.open.has(job.id) }, make('summary', {}, 'Timeline'), list);
  details.addEventListener('toggle', () => {
    if (details.open === state.open.has(job.id)) return;
    if (details.open) { state.open.add(job.id); loadTimeline(job.id).catch(tell); } else state.open.delete(job.id);
  });
  return details;
}

async function loadTimeline(id) {
  const page = await api(`api/v1/jobs/${id}/events`);
  state.timelines.set(id, page.events);
  drawJobs();
}

function jobActions(job) {
  const actions = make('div', { className: 'actions' });
  const button = (label, work, primary) => actions.append(make('button', { type: 'button', className: primary ? 'primary' : '', onclick: act(work) }, label));
  const post = (what, body) => api(`api/v1/jobs/${job.id}/${what}`, { method: 'POST', body }).then(refresh);
  const can = (what) => job.actions.includes(what);
  if (can('started')) button('I started it', () => api(`api/v1/locks/${encodeURIComponent(job.lock)}/wake`, { method: 'POST' }).then(refresh), true);
  if (active(job) && can('confirm')) button('It shows version …', async () => {
    const version = await askVersion(job.to_version);
    if (version) await post('confirm', { version });
  });
  if (active(job) && can('retry')) button('No update runs: ask again', () => post('retry'));
  if (can('cancel')) button('Cancel', async () => {
    if (await ask('Cancel this update?', 'The lock keeps the version it runs now.')) await api(`api/v1/jobs/${job.id}/cancel`, { method: 'POST' });
  });
  if (job.phase === 'waiting' && job.error && mayForce(job) && ['user', 'battery', 'window', 'hold'].includes(job.waiting_for)) button('Go on anyway', async () => {
    if (await ask('Go on anyway?', `${job.error.detail}. ${job.error.advice}`))
      await api('api/v1/jobs', { method: 'POST', body: { lock: job.lock, image: job.image, component: job.component, force: [...job.force, job.error.code] } });
  });
  if (job.final && job.phase !== 'succeeded' && job === newestOf(job.lock)) button('Try again', () => api(`api/v1/jobs/${job.id}/retry`, { method: 'POST' }));
  if (job.phase === 'failed' && (job.guided || job.component !== null) && can('confirm') && job === newestOf(job.lock)) {
    button('Verify again', () => post('verify'));
    button('It shows version …', async () => {
      const version = await askVersion(job.to_version);
      if (version) await post('confirm', { version });
    });
  } else if (job.phase === 'failed' && job.lock_works !== null && askAgain.has(job.outcome) && job === newestOf(job.lock)) {
    button('Verify again', () => api(`api/v1/jobs/${job.id}/verify`, { method: 'POST' }).then(refresh));
    button(`It runs ${job.to_version}`, async () => {
      if (await ask('Do you confirm that?', `You have read ${job.to_version} off the lock or its app. The update counts as done by your word.`)) {
        await api(`api/v1/jobs/${job.id}/confirm`, { method: 'POST', body: { version: job.to_version } });
        await refresh();
      }
    });
  }
  return actions.childElementCount ? actions : null;
}

// Ends after which the lock may yet say, or show, what it runs.
const askAgain = new Set(['unverified', 'never_returned', 'version_unchanged', 'version_unexpected', 'boot_loop']);
const newestOf = (lock) => state.jobs.find((job) => job.lock === lock);

function jobCard(job) {
  const lock = state.locks.find((known) => known.id === job.lock), name = lock?.name || job.lock;
  const tone = job.phase === 'succeeded' ? 'good' : job.phase === 'failed' ? 'bad' : job.phase === 'waiting' ? 'warn' : '';
  const card = make('article', { className: 'job' }, make('div', { className: 'head' },
    make('strong', {}, `${name}${lock?.components.length > 1 && job.component ? ` (${job.component})` : ''}: ${job.from_version || 'unknown'} → ${job.to_version || 'what the vendor has'}`), make('span', { className: `pill ${tone}` }, words(job))));
  card.id = `job-${job.id}`;
  if (job.summary) card.append(make('div', {}, job.summary));
  const wait = waitLine(job);
  if (wait) card.append(wait);
  const progress = progressOf(job);
  if (progress) card.append(progress);
  if (job.error) card.append(make('div', { className: `advice ${job.phase === 'failed' ? 'bad' : ''}` }, [job.error.detail, job.error.advice].filter(Boolean).join('\n')));
  const steps = stepsOf(lock, job, make);
  if (steps) card.append(steps);
  const actions = jobActions(job);
  if (actions) card.append(actions);
  card.append(timelineOf(job));
  return card;
}

function drawJobs() {
  const shown = state.jobs.map(jobCard);
  $('jobs').replaceChildren(...(shown.length ? shown : [make('p', { className: 'empty' }, 'No update was started yet.')]));
}

// ---- firmware and adapters -----------------------------------------------------------------------------------

function imageRow(image) {
  const remove = make('button', { type: 'button', title: 'Remove this file', onclick: act(async () => {
    if (await ask('Remove this firmware?', image.name)) { await api(`api/v1/firmware/${image.id}`, { method: 'DELETE' }); await refresh(); }
  }) }, 'Remove');
  return make('li', {}, make('div', { className: 'row' }, make('strong', {}, `${image.header_string || image.name} ${image.version}`), remove),
    make('small', {}, `${image.name}, ${bytes(image.size)}, maker ${image.manufacturer_code}, type ${image.image_type}`));
}

function adapterRow(adapter) {
  const tone = adapter.state === 'up' ? 'good' : adapter.state === 'refused' ? 'bad' : 'warn';
  const row = make('li', {}, make('div', { className: 'row' }, make('strong', {}, `${adapter.id} (${adapter.type})`), make('span', { className: `pill ${tone}` }, adapter.state)));
  if (adapter.firmware) row.append(make('small', {}, adapter.firmware));
  if (adapter.warning) row.append(make('div', { className: 'advice' }, adapter.warning));
  if (adapter.network) row.append(make('small', {}, `Channel ${adapter.network.channel}, PAN ${adapter.network.pan_id}`));
  if (adapter.error) row.append(make('div', { className: 'advice bad' }, [adapter.error.detail, adapter.error.advice].filter(Boolean).join('\n')));
  row.append(make('div', { className: 'actions' }, make('button', { type: 'button', disabled: adapter.state !== 'up' || adapter.scanning,
    onclick: act(() => api(`api/v1/adapters/${encodeURIComponent(adapter.id)}/scan`, { method: 'POST' }).then(refresh)) }, adapter.scanning ? 'Looking for locks…' : 'Look for locks')));
  return row;
}

async function upload(file) {
  await api(`api/v1/firmware?name=${encodeURIComponent(file.name)}`, { method: 'POST', body: file, headers: { 'Content-Type': 'application/octet-stream' } });
  await refresh();
}

function listenForFiles() {
  const drop = $('drop'), input = $('file');
  input.addEventListener('change', act(async () => { const [file] = input.files; input.value = ''; if (file) await upload(file); }));
  drop.addEventListener('dragover', (event) => { event.preventDefault(); drop.classList.add('over'); });
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    const [file] = event.dataTransfer.files;
    if (file) act(() => upload(file))();
  });
}

// ---- drawing all -----------------------------------------------------------------------------------------------

function draw() {
  const locks = state.locks.map(lockCard);
  $('locks').replaceChildren(...(locks.length ? locks : [make('p', { className: 'empty' }, 'No lock is known yet. Look for locks below, or name one in the config file.')]));
  $('images').replaceChildren(...state.images.map(imageRow));
  $('adapters').replaceChildren(...(state.adapters.length ? state.adapters.map(adapterRow) : [make('li', {}, 'No adapter is configured. Name your stick in the config file.')]));
  $('pause').textContent = state.paused ? 'Resume updates' : 'Pause updates';
  $('pause').className = state.paused ? 'primary' : '';
  $('update-all').hidden = !state.locks.some((lock) => !lock.job_id && !lock.guide && (lock.image || lock.capabilities.can_offer) && isNewer(lock));
  drawJobs();
}

let pending = null;
async function refresh() {
  const [locks, jobs, images, adapters, policy] = await Promise.all([api('api/v1/locks'), api('api/v1/jobs?limit=20'), api('api/v1/firmware'), api('api/v1/adapters'), api('api/v1/policy')]);
  Object.assign(state, { locks: locks.locks, jobs: jobs.jobs, images: images.firmware, adapters: adapters.adapters, paused: policy.paused });
  draw();
  await Promise.all([...state.open].map(loadTimeline));
}
function refreshSoon() {
  pending ??= setTimeout(() => { pending = null; refresh().catch(tell); }, 100);
}

// ---- live events ------------------------------------------------------------------------------------------------

function onProgress(job) {
  const at = state.jobs.findIndex((known) => known.id === job.id);
  if (at < 0) return refreshSoon();
  state.jobs[at] = job;
  const card = $(`job-${job.id}`);
  if (card) card.replaceWith(jobCard(job));
}

function onMessage(message) {
  if (message.type === 'hello') {
    $('version').textContent = `Lockwright ${message.version}`;
    connected(true);
  } else if (message.type === 'event') {
    state.seq = message.seq;
    refreshSoon();
  } else if (message.type === 'snapshot' || message.type === 'resync') {
    if (message.seq !== undefined) state.seq = message.seq;
    refreshSoon();
  } else if (message.type === 'progress') {
    onProgress(message.job);
  }
}

function connected(yes) {
  const pill = $('connection');
  pill.textContent = yes ? 'live' : 'reconnecting…';
  pill.className = `pill ${yes ? 'good' : 'warn'}`;
}

let delay = 500;
function connect() {
  const url = new URL('api/v1/events', location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  if (state.seq !== null) url.searchParams.set('since', state.seq);
  const socket = new WebSocket(url);
  socket.onopen = () => { delay = 500; if (state.token) socket.send(JSON.stringify({ type: 'auth', token: state.token })); };
  socket.onmessage = (event) => onMessage(JSON.parse(event.data));
  socket.onclose = (event) => {
    connected(false);
    if (event.code === 4401) return signIn();
    setTimeout(connect, delay);
    delay = Math.min(delay * 2, 10000);
  };
}

// ---- signing in ---------------------------------------------------------------------------------------------------

function signIn() {
  const dialog = $('sign-in');
  if (!dialog.open) dialog.showModal();
}

async function start() {
  try {
    await refresh();
    connect();
  } catch (error) {
    if (error.status !== 401) { tell(error); setTimeout(start, 2000); return; }
    if (state.token) { $('sign-in-error').textContent = 'That token is not valid here.'; $('sign-in-error').hidden = false; }
    signIn();
  }
}

$('sign-in').addEventListener('cancel', (event) => event.preventDefault());
$('sign-in').addEventListener('close', () => {
  state.token = $('token').value.trim();
  sessionStorage.setItem('token', state.token);
  start();
});
setInterval(() => { for (const job of state.jobs) if (active(job) && job.eta && job.update_percentage !== null) onProgress(job); }, 1000);
$('pause').addEventListener('click', act(() => api('api/v1/policy', { method: 'PATCH', body: { paused: !state.paused } }).then(refresh)));
$('update-all').addEventListener('click', act(async () => {
  if (!(await ask('Update all locks?', 'One job for each lock with a newer version. They take turns and wait for their windows.'))) return;
  const answer = await api('api/v1/update-all', { method: 'POST', body: {} });
  await refresh();
  if (answer.not_updated.length) tell({ message: 'Not all were started.', advice: answer.not_updated.map((one) => `${one.lock}: ${one.detail}`).join('\n') });
}));
listenForFiles();
start();
