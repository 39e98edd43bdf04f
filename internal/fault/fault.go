// Package fault is the one closed set of ways in which a call to AWS can fail.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Class says what a fault means for the one who reconciles.
type Class string

// The classes.
const (
	// Retry may pass by itself: try again with backoff and a fresh look.
	Retry Class = "Retry"
	// Throttled means too many calls: try again with backoff.
	Throttled Class = "Throttled"
	// Wait passes at a known time or when something else has happened; it is no failure.
	Wait Class = "Wait"
	// Denied is a missing permission, or credentials that do not work.
	Denied Class = "Denied"
	// Conflict means that the resource exists otherwise than was thought: look again.
	Conflict Class = "Conflict"
	// Terminal is cured by a change of the spec only.
	Terminal Class = "Terminal"
)

// Error is a classified failure of one AWS call.
type Error struct {
	// Class decides what happens next.
	Class Class
	// Reason is the condition reason that says it to users.
	Reason string
	// Operation is service and action, such as sqs:CreateQueue.
	Operation string
	// Resource is the AWS name or ARN that the call was about.
	Resource string
	// Code and Message are AWS's own words; without a Code, Message says in lasting words why there was no answer, where that can be said.
	// RequestID is for AWS support.
	Code, Message, RequestID string
	// After is, for Wait, how long to wait.
	After time.Duration
	// Err is the underlying error.
	Err error
}

// Error names operation, resource, code and request.
func (e *Error) Error() string {
	s := fmt.Sprintf("calling %s for %s: ", e.Operation, e.Resource)
	switch {
	case e.Code != "":
		s += e.Code + ": " + e.Message
	case e.Err != nil:
		s += e.Err.Error()
	default:
		s += e.Message
	}
	if e.RequestID != "" {
		s += " (request " + e.RequestID + ")"
	}
	return s
}

// Unwrap gives the underlying error.
func (e *Error) Unwrap() error { return e.Err }

// As finds the classified error in a chain; one that is none is a Retry without words of AWS.
func As(err error) *Error {
	if err == nil {
		return nil
	}
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return &Error{Class: Retry, Operation: "aws", Message: err.Error(), Err: err}
}
