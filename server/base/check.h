/* check.h: ownership and result attributes. Libc only, usable everywhere. */
#pragma once

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* AUTO(job_free) struct job *j = ...;  runs job_free(j) at scope exit unless j is NULL. */
#define AUTO(fn) __attribute__((cleanup(fn##_p)))
#define DEFINE_AUTO(type, fn)                                                                      \
	static inline void fn##_p(type *p) /* NOLINT(bugprone-macro-parentheses): a type */        \
	{                                                                                          \
		if (*p)                                                                            \
			fn(*p);                                                                    \
	}
/* Hands an AUTO pointer over: yields its value and disarms the clean-up. */
#define TAKE(p)                                                                                    \
	__extension__({                                                                            \
		__typeof__(p) taken_ = (p);                                                        \
		(p) = NULL;                                                                        \
		taken_;                                                                            \
	})
