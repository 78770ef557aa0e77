/* main_cloud_login.h: lockwright cloud login: a person says yes in a browser or reads a code from a
 * mail, and the tokens that come of it are kept for the service. */
#pragma once

struct config;
struct config_adapter;

int main_cloud_login(const struct config *config, const struct config_adapter *entry);
