/* offer_rules.h: the rules of offer.h among themselves. */
#pragma once

#include "ota/offer.h"

/* How clearly an image is meant for the locks that it fits: names count most, then bounds. */
int offer_clarity(const struct candidate *one);
/* Nothing tells them apart; digests of different kinds do not. */
bool offer_same_file(const struct candidate *a, const struct candidate *b);
