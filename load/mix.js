// The mix of all scenarios: 98 reads to 2 writes, agents by Zipf (s = 1) over the agents of the data that is served.
'use strict';
const fs = require('fs');

const agents = JSON.parse(fs.readFileSync(process.env.WITAN_LOAD_AGENTS, 'utf8'));
const weights = agents.map((_, rank) => 1 / (rank + 1));
const total = weights.reduce((sum, weight) => sum + weight, 0);

function agent() {
  let left = Math.random() * total;
  for (let i = 0; i < agents.length; i++) {
    left -= weights[i];
    if (left <= 0) return agents[i];
  }
  return agents[0];
}

const prefix = '/api/agent-intelligence';
// What is read, of 98.
const reads = [
  [50, (context) => `/auto-fixes?agentId=${encodeURIComponent(context.vars.agent)}&limit=50`],
  [16, () => '/auto-fixes?limit=50'],
  [10, (context) => (context.vars.fix ? `/auto-fixes/${context.vars.fix}` : '/auto-fixes?limit=20')],
  [8, (context) => `/agents/${encodeURIComponent(context.vars.agent)}`],
  [6, () => '/stats'],
  [4, () => '/learnings'],
  [2, () => '/collaborations'],
  [2, () => '/stats/fixes'],
];

function chooseRead(context, _events, done) {
  context.vars.agent = agent();
  let left = Math.random() * 98;
  const chosen = reads.find(([weight]) => (left -= weight) <= 0) || reads[0];
  context.vars.target = prefix + chosen[1](context);
  return done();
}

let written = 0;
function proposal(context, _events, done) {
  const name = agent();
  context.vars.body = {
    agentId: name, fixStrategy: 'code_patch', issue: `load-${written++ % 500}`, repository: 'load/load', domain: 'backend',
    changes: { files: 1 + (written % 4), linesAdded: written % 60, linesDeleted: written % 20 },
  };
  context.vars.ended = { success: Math.random() < 0.6, durationMs: Math.floor(Math.random() * 60000) };
  return done();
}

module.exports = { chooseRead, proposal };
