package filterpolicy

import (
	"errors"
	"fmt"
)

// Error says why SNS would refuse a filter policy.
type Error struct {
	// Key is the dotted path of the offending key, empty when the policy as a whole is at fault.
	Key string
	// Reason is the first line of SNS's own message, without the "Invalid parameter: ... FilterPolicy: " before it.
	Reason string
	// Hint adds what SNS leaves out (the numbers found, the remedy); it may be empty.
	Hint string
}

// Error returns SNS's reason.
func (e *Error) Error() string { return e.Reason }

// Detail returns a message for users: which key, why, and what helps.
func (e *Error) Detail() string {
	s := "filter policy: " + e.Reason
	if e.Key != "" {
		s = fmt.Sprintf("filter policy key %q: %s", e.Key, e.Reason)
	}
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// refuse returns the refusal of one key.
func refuse(key, format string, args ...any) error {
	return &Error{Key: key, Reason: fmt.Sprintf(format, args...)}
}

// unreadable returns the refusal of a text that is not JSON.
func unreadable(reason string) error {
	return &Error{Reason: "failed to parse JSON. " + reason}
}

// asError returns the *Error that an error of this package holds.
func asError(err error) error {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal
	}
	return unreadable(err.Error())
}
