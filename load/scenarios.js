// The scenarios as Artillery's configuration: what is asked (the mix) and how often.
'use strict';

const think = Number(process.env.WITAN_LOAD_THINK || 1);
const read = [{ function: 'chooseRead' }, { get: { url: '{{ target }}', headers: { 'Accept-Encoding': 'gzip' } } }];
const api = '/api/agent-intelligence';
const write = [
  { function: 'proposal' },
  { post: { url: `${api}/auto-fixes`, json: '{{ body }}', capture: { json: '$.id', as: 'fix' } } },
];
const outcome = { post: { url: `${api}/auto-fixes/{{ fix }}/outcome`, json: '{{ ended }}', ifTrue: 'fix' } };
const learning = [{ function: 'learning' }, { post: { url: `${api}/learnings`, json: '{{ body }}' } }];
const vote = [
  { function: 'collaboration' },
  { post: { url: `${api}/collaborations`, json: '{{ body }}', capture: { json: '$.id', as: 'collaboration' } } },
  { post: { url: `${api}/collaborations/{{ collaboration }}/votes`, json: '{{ vote }}', ifTrue: 'collaboration' } },
];

// Virtual users that send one request each, a few of them two: of 8,000 requests so many times 80 write.
const writes = Number(process.env.WITAN_LOAD_WRITES || 2);
const single = [
  { name: 'read', weight: (100 - writes) * 80, flow: read },
  { name: 'proposal', weight: writes * 20, flow: write },
  { name: 'proposal and outcome', weight: writes * 10, flow: [...write, outcome] },
  { name: 'learning', weight: writes * 20, flow: learning },
  { name: 'collaboration and vote', weight: writes * 10, flow: vote },
].filter((user) => user.weight > 0);

const smoke = process.env.WITAN_LOAD_SMOKE === '1';
const duration = Number(process.env.WITAN_LOAD_SECONDS || 0);

const plans = {
  // 1,000 people or agents at the same time, each with a second between two requests.
  users: {
    phases: [{ duration: 10, arrivalCount: smoke ? 100 : 1000, name: 'arrive' }],
    scenarios: [{ name: 'user', flow: [{ loop: [...read, { think }], count: smoke ? 3 : 49 }, ...write, { loop: [...read, { think }], count: smoke ? 3 : 49 }, outcome] }],
  },
  // 10,000 requests a minute.
  sustained: { phases: [{ duration: duration || (smoke ? 10 : 300), arrivalRate: 167 }], scenarios: single },
  // From nothing to 5,000 requests a minute in 30 seconds, and a while of that.
  spike: { phases: [{ duration: smoke ? 10 : 30, arrivalRate: 1, rampTo: 83 }, { duration: smoke ? 5 : 60, arrivalRate: 83 }], scenarios: single },
  // The same mix for long: 24 hours, unless another duration is set.
  soak: { phases: [{ duration: duration || (smoke ? 60 : 86400), arrivalRate: 100 }], scenarios: single },
};

const scenario = process.env.WITAN_LOAD_SCENARIO;
const plan = plans[scenario];
const arriving = (phase) => phase.arrivalCount || (phase.arrivalRate + (phase.rampTo || phase.arrivalRate)) / 2 * phase.duration;
module.exports = {
  config: {
    target: process.env.WITAN_LOAD_TARGET,
    phases: plan.phases,
    processor: './mix.js',
    http: { timeout: 10, pool: plan === plans.users ? undefined : 64, defaults: { headers: { authorization: `Bearer ${process.env.WITAN_KEY}` } } },
  },
  scenarios: plan.scenarios,
  // For check.js: what the load is that was to be reached.
  planned: {
    scenario,
    plannedUsers: plan.phases.reduce((sum, phase) => sum + arriving(phase), 0),
    plannedSeconds: plan === plans.users ? 0 : plan.phases.reduce((sum, phase) => sum + phase.duration, 0),
  },
};
