// Locks that a vendor updates: their components, and the guide for those that only the vendor's app can update.

const $ = (id) => document.getElementById(id);

export const versions = (part) => (part.latest_version && part.latest_version !== part.installed_version
  ? `${part.installed_version || 'unknown'} → ${part.latest_version}` : part.installed_version || 'unknown');

export const isNewer = (lock) => lock.components.some((part) => part.latest_version && part.latest_version !== part.installed_version);

// Offer a guide also where nobody knows whether there is something newer.
export const canGuide = (lock) => lock.guide && !lock.job_id && (isNewer(lock) || !lock.capabilities.can_offer);

export function addFacts(lock, add) {
  if (lock.online !== null) add('Online', lock.online ? 'yes' : 'no');
  if (lock.components.length > 1)
    for (const part of lock.components) add(part.label || `Part ${part.id}`, versions(part));
  for (const part of lock.components) if (part.blocked) add('Blocked', part.why || 'by the vendor');
}

// The steps, while somebody is to follow them.
export function stepsOf(lock, job, make) {
  if (!lock?.guide || job.final || !job.actions.includes('confirm')) return null;
  const steps = make('ol', { className: 'steps' }, ...lock.guide.steps.map((step) => make('li', {}, step)));
  return make('div', { className: 'guide' }, make('strong', {}, `In ${lock.guide.app || 'the vendor’s app'}`), steps);
}

export function askVersion(suggestion) {
  const dialog = $('which');
  $('which-version').value = suggestion || '';
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener('close', () => done(dialog.returnValue === 'yes' ? $('which-version').value.trim() : ''), { once: true }));
}

// What a wait of a vendor's job may be forced past; what the vendor says cannot be.
const forcible = new Set(['battery_low', 'battery_alarm', 'battery_unknown', 'lock_state_busy', 'outside_window', 'version_pinned']);
export const mayForce = (job) => !job.component && !job.guided ? true : forcible.has(job.error.code);
