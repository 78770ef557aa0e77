/* main_history.h: keeps the past in its bounds, `history_days` and `history_mb`. */
#pragma once

struct config;
struct loop;
struct main_history;
struct store;

/* Begins a few seconds later. */
struct main_history *main_history_new(
	struct loop *loop, struct store *store, const struct config *config);
void main_history_free(struct main_history *history); /* after the store; NULL is fine */
