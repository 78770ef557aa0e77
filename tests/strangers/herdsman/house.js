// A simulated stick with locks, zigbee-herdsman in front of it, and what the scenarios need of both.
"use strict";
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { Controller, setLogger } = require("zigbee-herdsman");
const { Stick } = require("./stick.js");

const OLD = 0x11040000;
const NEW = 0x11070000;
const IDS = "5C1104000000" + "0711";
const SIZE = 3000;
// As Zigbee2MQTT has them when nobody has set anything.
const SETTINGS = { requestTimeout: 150000, responseDelay: 250, baseSize: 50 };
const PAN = [0xa2, 0xba, 0x38, 0xa8, 0xb5, 0xe6, 0x83, 0xa0];
const COMMANDS = { notify: 0x00, query: 0x01, offer: 0x02, ask: 0x03, page: 0x04, block: 0x05, end: 0x06, install: 0x07 };

const quiet = () => {};
const loud = process.env.LOCKWRIGHT_TEST_VERBOSE ? (text) => console.error(typeof text === "function" ? text() : text) : quiet;
setLogger({ debug: loud, info: loud, warning: loud, error: loud });

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// A header and one element that is the rest.
function makeImage(size = SIZE) {
	const image = Buffer.alloc(size);
	for (let i = 62; i < size; i++) image[i] = i * 7;
	Buffer.from("1EF1EE0B0001380000005C110400000007110200", "hex").copy(image);
	image.writeUInt32LE(size, 52);
	image.writeUInt32LE(size - 62, 58);
	return image;
}

// Its words, without what is different each time and too much for a table.
function said(message) {
	const waited = message.match(/(?:timed out|timeout) after (\d+)ms/i);
	if (waited) return `nothing came for ${waited[1] / 1000} s`;
	const text = message.replace(/^.*after being notified\. \((.*)\)$/, "$1").replace(/ ?(of|for device|device|for|of device)? ?0x[0-9a-f]{16}/gi, "").replace(/\|/g, "/").replace(/\s+/g, " ").trim();
	return text.length > 110 ? `${text.slice(0, 107)}…` : text;
}

class House {
	static async start(adapter, options = {}) {
		const house = new House();
		house.adapter = adapter;
		house.folder = fs.mkdtempSync(path.join(os.tmpdir(), "lockwright-scenario-"));
		house.image = options.image ?? makeImage();
		house.file = house.write("lock.ota", house.image);
		const lock = { client: "silabs", mfr: 0x115c, type: 4, version: OLD, reboot_ms: 1500, short_poll: 30, ...options.lock };
		const described = Object.entries(lock).map(([key, value]) => `${key}=${value}`).join(",");
		const locks = Array(options.second ? 2 : 1).fill(["--lock", described]).flat();
		const family = adapter === "ember" ? ["--stick", "ezsp", "--version", "13"] : [];
		house.stick = await Stick.start(["--tcp", "0", "--radio-timing", ...locks, ...family]);
		await house.open();
		house.devices = [];
		for (let i = 0; i < (options.second ? 2 : 1); i++) house.devices.push(await house.interview(i));
		await house.command("listen");
		return house;
	}

	write(name, bytes) {
		fs.writeFileSync(path.join(this.folder, name), bytes);
		return path.join(this.folder, name);
	}

	async open() {
		this.host = new Controller({
			network: { networkKeyDistribute: false, panID: 0x4402, extendedPanID: this.adapter === "ember" ? [...PAN].reverse() : PAN, channelList: [15], networkKey: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16] },
			serialPort: { path: this.stick.path, adapter: this.adapter },
			databasePath: path.join(this.folder, "database.db"),
			databaseBackupPath: path.join(this.folder, "database.db.backup"),
			backupPath: path.join(this.folder, "backup.json"),
			adapter: { disableLED: true },
			acceptJoiningDeviceHandler: async () => true,
		});
		this.lost = new Promise((resolve) => this.host.on("adapterDisconnected", resolve));
		await this.host.start();
	}

	async interview(i) {
		const done = new Promise((resolve, reject) => {
			this.host.on("deviceInterview", (event) => {
				if (event.status === "successful") resolve(event.device);
				if (event.status === "failed") reject(new Error("interview failed"));
			});
		});
		await this.command(`rejoin ${i} 0x${(0x3a5c + i).toString(16)}`);
		return done;
	}

	get device() {
		return this.devices[0];
	}

	async command(text) {
		const answer = await this.stick.command(text);
		if (answer.startsWith("error")) throw new Error(`${text}: ${answer}`);
		return answer;
	}

	async lock(i = 0) {
		return (await this.stick.stats()).locks[i];
	}

	// What was on air on the OTA cluster since the last time.
	async heard() {
		const fresh = JSON.parse(await this.command("heard"));
		this.air = (this.air ?? []).concat(fresh);
		return fresh;
	}

	// Of these frames, those of one command.
	static of(frames, name) {
		const up = ["query", "ask", "page", "end"].includes(name);
		return frames.filter((f) => f.up === up && (Number.parseInt(f.zcl.slice(0, 2), 16) & 3) === 1 && Number.parseInt(f.zcl.slice(4, 6), 16) === COMMANDS[name]);
	}

	// The lock's place is taken: says this, yields the first answer that is no notify.
	async say(hex, { wait = 900, lock = 0, endpoint = 1, all = "" } = {}) {
		await this.heard();
		await this.command(`say ${lock} ${hex.replaceAll(" ", "")} ${endpoint} ${all}`);
		await pause(wait);
		const answers = (await this.heard()).filter((f) => !f.up && Number.parseInt(f.zcl.slice(4, 6), 16) !== COMMANDS.notify);
		return answers[0]?.zcl ?? "";
	}

	// The update as Zigbee2MQTT asks for it. Yields what is true afterwards: "updated", "reports success, …", "fails: …".
	update(source = { url: this.file }, settings = {}) {
		this.settled = false;
		this.result = this.device
			.updateOta(source, undefined, undefined, {}, () => {}, { ...SETTINGS, ...settings })
			.then(
				([, to]) => (to ? "success" : "no update"),
				(error) => `fails: ${said(error.message)}`,
			)
			.finally(() => {
				this.settled = true;
			});
		return this.result;
	}

	async finish(limit = 240000) {
		const result = await Promise.race([this.result, pause(limit).then(() => `still waits after ${limit / 1000} s`)]);
		if (result !== "success") return result;
		await pause(500);
		const lock = await this.lock();
		if (lock.version === OLD) return "reports success; the lock runs the old version";
		if (lock.version !== NEW) return "reports success; the lock runs another version";
		const copy = path.join(this.folder, "received");
		await this.command(`received 0 ${copy}`);
		return fs.readFileSync(copy).equals(this.image) ? "updated" : "reports success; the image differs";
	}

	// In mid-transfer: so many bytes are there.
	async transfer(offset) {
		for (let i = 0; i < 1200; i++) {
			if ((await this.lock()).offset >= offset) return;
			await pause(50);
		}
		throw new Error("the transfer does not begin");
	}

	// In mid-transfer the lock's place is taken.
	async engage() {
		this.update();
		await this.transfer(this.image.length / 3);
		await this.command("puppet 0 on");
		await pause(1000);
	}

	// The lock's place is taken, then the update is asked for, and the query answered.
	async puppet(source, query = "015A01005C11040000000411") {
		await this.command("puppet 0 on");
		this.update(source);
		await pause(700);
		return this.say(query, { wait: 1500 });
	}

	async alive() {
		await this.command("puppet 0 off");
		return this.finish();
	}

	async end() {
		await Promise.race([this.host.stop().catch(() => {}), pause(5000)]);
		await Promise.race([this.stick.stop(), pause(2000)]);
		fs.rmSync(this.folder, { recursive: true, force: true });
	}
}

module.exports = { House, IDS, NEW, OLD, SIZE, makeImage, pause };
