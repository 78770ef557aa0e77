// A running lockwright-sim and its control lines.
"use strict";
const { spawn } = require("node:child_process");
const readline = require("node:readline");

class Stick {
	static async start(args) {
		const stick = new Stick();
		stick.process = spawn(process.env.LOCKWRIGHT_SIM, args, { stdio: ["pipe", "pipe", "inherit"] });
		stick.waiting = [];
		readline.createInterface({ input: stick.process.stdout }).on("line", (line) => stick.waiting.shift()?.(line));
		const ready = await stick.line();
		stick.path = ready.replace(/^ready /, "");
		return stick;
	}

	line() {
		return new Promise((resolve) => this.waiting.push(resolve));
	}

	async command(text) {
		const answer = this.line();
		this.process.stdin.write(`${text}\n`);
		return answer;
	}

	async stats() {
		return JSON.parse(await this.command("stats"));
	}

	async stop() {
		const gone = new Promise((resolve) => this.process.once("exit", resolve));
		this.process.stdin.end();
		await gone;
	}
}

module.exports = { Stick };
