// The mix of all scenarios: 98 reads to 2 writes unless told otherwise, agents by Zipf (s = 1) over the agents of the data that is served.
'use strict';
const fs = require('fs');

const { agents, fixes } = JSON.parse(fs.readFileSync(process.env.WITAN_LOAD_DATA, 'utf8'));
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

const any = (list) => list[Math.floor(Math.random() * list.length)];
const prefix = '/api/agent-intelligence';
// What is read, of 98.
const reads = [
  [50, () => `/auto-fixes?agentId=${encodeURIComponent(agent())}&limit=50`],
  [16, () => '/auto-fixes?limit=50'],
  [10, (context) => `/auto-fixes/${context.vars.fix || any(fixes)}`],
  [8, () => `/agents/${encodeURIComponent(agent())}`],
  [6, () => '/stats'],
  [4, () => '/learnings'],
  [2, () => '/collaborations'],
  [2, () => '/stats/fixes'],
];

// Everything that may be read.
function targets() {
  const each = [...agents.flatMap((name) => [`/auto-fixes?agentId=${encodeURIComponent(name)}&limit=50`, `/agents/${encodeURIComponent(name)}`]), ...fixes.map((id) => `/auto-fixes/${id}`)];
  return [...each, '/auto-fixes?limit=50', '/stats', '/learnings', '/collaborations', '/stats/fixes'];
}

function chooseRead(context, _events, done) {
  let left = Math.random() * 98;
  const chosen = reads.find(([weight]) => (left -= weight) <= 0) || reads[0];
  context.vars.target = prefix + chosen[1](context);
  return done();
}

let written = 0;
function proposal(context, _events, done) {
  context.vars.body = {
    agentId: agent(), fixStrategy: 'code_patch', issue: `load-${written++ % 500}`, repository: 'load/load', domain: 'backend',
    changes: { files: 1 + (written % 4), linesAdded: written % 60, linesDeleted: written % 20 },
  };
  context.vars.ended = { success: Math.random() < 0.6, durationMs: Math.floor(Math.random() * 60000) };
  return done();
}

function learning(context, _events, done) {
  const number = written++ % 200;
  context.vars.body = {
    pattern: `load-${number}`, problem: `What fails under load, number ${number}`, solution: 'What helped against it', agentDomains: ['backend'],
    esaLayers: [1 + (number % 3)], discoveredBy: agent(), confidence: 0.5,
  };
  return done();
}

function collaboration(context, _events, done) {
  const leader = agent();
  const voter = any(agents.filter((name) => name !== leader));
  context.vars.body = { type: 'reviewing', leader, participants: [voter], goal: 'Review what was written under load', quorum: 1 };
  context.vars.vote = { voterId: voter, solution: 'the proposed patch', vote: 'approve', reasoning: 'covers the failing case' };
  return done();
}

module.exports = { targets, chooseRead, proposal, learning, collaboration };
