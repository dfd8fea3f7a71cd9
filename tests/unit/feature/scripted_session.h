/*
 * scripted_session.h - a model that says what the test wants: the session API at link time.
 */
#ifndef HUIS_TESTS_SCRIPTED_SESSION_H
#define HUIS_TESTS_SCRIPTED_SESSION_H

#include <huis/session.h>

/* What the next calls answer, in turn, the last one for ever; they must outlive the calls. NULL:
 * the model copies what it was shown last (an answer that obeys nothing). */
void scripted_session_answers(const char *const *answers, size_t n);
/* The next n calls fail with this status. */
void scripted_session_fail(int status, unsigned n_calls);
/* A session handle for huis_summarize; never dereferenced by the features. */
huis_session *scripted_session(void);
/* The last user turn that the model was shown; "" before the first call. */
const char *scripted_session_last_prompt(void);
unsigned scripted_session_calls(void);

#endif
