"use strict";
// Polls /api/overview each second and draws it. Everything from the network goes in as text, never as markup.

const byId = (id) => document.getElementById(id);
const seen = { number: -1 };

function set(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function seconds(value) {
  if (value === null || value === undefined) return "–";
  return value < 1 ? Math.round(value * 1000) + " ms" : value.toFixed(2) + " s";
}

function age(milliseconds) {
  const past = Math.max(0, Math.round((Date.now() - milliseconds) / 1000));
  if (past < 60) return past + " s";
  if (past < 3600) return Math.floor(past / 60) + " min";
  return past < 86400 ? Math.floor(past / 3600) + " h" : Math.floor(past / 86400) + " d";
}

const whole = new Intl.NumberFormat("en");
function qst(wei) { return whole.format(BigInt(wei) / 10n ** 18n); }
function gwei(wei) { return (Number(BigInt(wei) / 1000n) / 1e6).toLocaleString("en", { maximumFractionDigits: 3 }) + " gwei"; }

function statusClass(status) {
  return status === "active" ? "good" : status === "waiting" ? "warn" : "bad";
}

function drawNow(data) {
  set("chain", data.chainName + " · chain " + data.chainID);
  set("height", whole.format(data.head.number));
  set("finality", seconds(data.finalitySeconds));
  set("age", age(data.head.timeMilliseconds) + " ago");
  set("epoch", data.head.epoch + " · " + data.head.view);
  set("fee", gwei(data.head.baseFee));
  set("mempool", whole.format(data.mempool));
  set("peers", whole.format(data.peers));
}

function drawBlocks(blocks) {
  const rows = blocks.map((block) => {
    const row = element("tr", undefined, seen.number >= 0 && block.number > seen.number ? "new" : "");
    const number = element("td", whole.format(block.number));
    number.title = block.hash;
    const gas = element("td");
    const meter = element("meter");
    meter.max = Math.max(1, block.gasLimit);
    meter.value = block.gasUsed;
    meter.title = whole.format(block.gasUsed) + " of " + whole.format(block.gasLimit);
    meter.setAttribute("aria-label", "gas used: " + meter.title);
    gas.append(meter);
    row.append(number, element("td", age(block.timeMilliseconds)), element("td", whole.format(block.transactions), "right"), gas,
      element("td", block.proposer), element("td", seconds(block.finalitySeconds), "right"));
    return row;
  });
  byId("blocks").replaceChildren(...rows);
  if (blocks.length) seen.number = blocks[0].number;
}

function drawValidators(validators) {
  const active = validators.filter((validator) => validator.status === "active").length;
  set("validators-count", active + " of " + validators.length + " active");
  byId("validators").replaceChildren(...validators.map((validator) => {
    const row = element("tr");
    const name = element("td", validator.moniker || validator.address);
    name.title = validator.address;
    row.append(name, element("td", validator.status, statusClass(validator.status)), element("td", qst(validator.stake), "right"),
      element("td", (100 * validator.share).toFixed(1) + " %", "right"));
    return row;
  }));
}

function drawEncryption(nodes) {
  const serving = (list) => list.filter((node) => node.isServing).length + " of " + list.length + " serving";
  set("encryption-count", serving(nodes));
  for (const nodeClass of ["operator", "community"]) {
    const list = nodes.filter((node) => node.nodeClass === nodeClass);
    set(nodeClass + "-count", serving(list));
    byId(nodeClass).replaceChildren(...list.map((node) => {
      const known = node.isServing !== null && node.isServing !== undefined;
      const bad = statusClass(node.status) === "bad" || node.isServing === false;
      const look = bad ? "bad" : known && node.status === "active" ? "good" : "warn";
      const item = element("li", undefined, look);
      item.title = node.address;
      const health = node.status !== "active" ? node.status : !known ? "unknown" : node.isServing ? "serving" : "silent";
      const shares = node.shares === null || node.shares === undefined ? "" : whole.format(node.shares) + " shares · ";
      item.append(element("b", node.moniker || node.address), element("span", health), element("span", shares + node.capacityGiB + " GiB", "detail"));
      return item;
    }));
  }
}

function say(className, text) {
  byId("state").className = className;
  set("state-text", text);
}

async function poll() {
  try {
    const response = await fetch("/api/overview", { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (!response.ok) throw new Error("status " + response.status);
    const data = await response.json();
    drawNow(data);
    drawBlocks(data.blocks);
    drawValidators(data.validators);
    drawEncryption(data.encryptionNodes);
    const stalled = Date.now() - data.head.timeMilliseconds > 15000;
    if (data.isSyncing) say("", "Syncing");
    else if (stalled) say("lost", "No new block for " + age(data.head.timeMilliseconds));
    else say("live", "Live");
  } catch (error) {
    say("lost", "The node does not answer; trying again");
  }
  setTimeout(poll, 1000);
}

poll();
