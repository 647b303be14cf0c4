// Reads a report of Artillery and the samples of the server, prints the figures, and fails when a promise is not kept.
// Usage: node check.js REPORT SAMPLES HITS MISSES   (the scenario is in the environment, as for scenarios.js); what was sampled is added to the report.
'use strict';
const fs = require('fs');
const { scenario, plannedSeconds, plannedUsers } = require('./scenarios.js').planned;

const [file, samples] = process.argv.slice(2);
const [hits, misses] = process.argv.slice(4).map(Number); // of the cache
const report = JSON.parse(fs.readFileSync(file, 'utf8'));
const { counters, summaries, firstMetricAt, lastMetricAt } = report.aggregate;
const times = summaries['http.response_time'] || {};
const codes = Object.entries(counters).filter(([name]) => name.startsWith('http.codes.')).map(([name, count]) => [name.slice(11), count]);
const bad = codes.filter(([code]) => !code.startsWith('2')).reduce((sum, [, count]) => sum + count, 0);
const broken = Object.entries(counters).filter(([name]) => name.startsWith('errors.')).reduce((sum, [, count]) => sum + count, 0);
const users = counters['vusers.completed'] || 0;
const seconds = (lastMetricAt - firstMetricAt) / 1000;

// Seconds, KB resident, handles, threads.
const rows = fs.readFileSync(samples, 'utf8').trim().split('\n').map((line) => line.split(' ').map(Number)).filter((row) => row.length === 4 && row.every(Number.isFinite));
const warm = rows.slice(Math.floor(rows.length / 3)); // the first third warms up
const last = rows[rows.length - 1];
function slope(column) { // an hour, by least squares
  const mean = (pick) => warm.reduce((sum, row) => sum + pick(row), 0) / warm.length;
  const [mt, mv] = [mean((row) => row[0]), mean((row) => row[column])];
  const over = warm.reduce((sum, row) => sum + (row[0] - mt) ** 2, 0);
  return over === 0 ? 0 : warm.reduce((sum, row) => sum + (row[0] - mt) * (row[column] - mv), 0) / over * 3600;
}
const server = { residentMB: last[1] / 1024, residentMBPerHour: slope(1) / 1024, handles: last[2], handlesPerHour: slope(2), threads: last[3], threadsPerHour: slope(3), sampledSeconds: last[0] - rows[0][0] };
report.witan = { ...server, hits, misses, samples: rows };
fs.writeFileSync(file, JSON.stringify(report));

console.log(`${scenario}: ${counters['http.requests']} requests in ${seconds.toFixed(0)} s (${(counters['http.requests'] / seconds * 60).toFixed(0)} a minute), answers ${codes.map(([code, count]) => `${code}: ${count}`).join(', ')}, errors ${broken}`);
console.log(`  ms: p50 ${times.p50}, p95 ${times.p95}, p99 ${times.p99}, longest ${times.max}`);
console.log(`  cache: ${(100 * hits / (hits + misses)).toFixed(1)} % hits (n = ${hits + misses})`);
console.log(`  server after it: ${server.residentMB.toFixed(0)} MB resident, ${server.handles} handles, ${server.threads} threads`);

const broke = [];
if (bad + broken > 0) broke.push(`${bad + broken} requests failed`);
if (!(times.p99 < 200)) broke.push(`p99 is ${times.p99} ms; promised are less than 200`);
if (users < plannedUsers * 0.98) broke.push(`${users} users came to their end; planned were ${plannedUsers}`);
if (plannedSeconds && seconds > plannedSeconds * 1.1 + 5) broke.push(`it took ${seconds.toFixed(0)} s; planned were ${plannedSeconds}: the load was not reached`);
if (scenario === 'soak') {
  console.log(`  an hour, after a third of the time: ${server.residentMBPerHour.toFixed(1)} MB, ${server.handlesPerHour.toFixed(1)} handles, ${server.threadsPerHour.toFixed(1)} threads`);
  if (server.sampledSeconds < 1200) console.log('  too short to judge growth: that needs 20 minutes');
  else {
    if (server.residentMBPerHour >= 2) broke.push('resident memory grows by 2 MB an hour or more');
    if (server.handlesPerHour >= 10) broke.push('the number of handles grows');
    if (server.threadsPerHour >= 4) broke.push('the number of threads grows');
  }
}
broke.forEach((line) => console.error(`NOT KEPT: ${line}`));
process.exit(broke.length === 0 ? 0 : 1);
