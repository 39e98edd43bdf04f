package main

import (
	"reflect"
	"slices"
	"strconv"
	"time"
)

// pauses are how long the clock runs before calls, by the number of the call from 0.
type pauses map[int]time.Duration

const (
	// maxGaps is before how many calls a pause is tried, the last ones.
	maxGaps = 4
	// settling is a second pause, before the call under test.
	settling = 5 * time.Second
	// defaultHiding is the visibility timeout of a queue without one,
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html.
	defaultHiding = 30 * time.Second
)

// goingOn are the calls after which something happens with time: messages appear again or arrive late, tasks move.
var goingOn = []string{
	"SendMessage", "SendMessageBatch", "ReceiveMessage", "ChangeMessageVisibility", "ChangeMessageVisibilityBatch",
	"StartMessageMoveTask",
}

// plans are the pauses to try, in this order: 1 to 10 seconds, or until messages appear again, before the call under
// test or one of the calls before it; the same and settling time before the call under test; and so long before every
// ReceiveMessage that the queue's messages have appeared again. There are none where nothing goes on by itself.
func plans(calls []call) []pauses {
	last := len(calls) - 1
	start := slices.IndexFunc(calls[:last], func(c call) bool { return slices.Contains(goingOn, c.Op) })
	if start < 0 {
		return nil
	}
	var gaps []int
	for i := last; i > start && len(gaps) < maxGaps; i-- {
		if !reflect.DeepEqual(calls[i], calls[i-1]) {
			gaps = append(gaps, i)
		}
	}
	var all []pauses
	for _, settle := range []time.Duration{0, settling} {
		for _, gap := range gaps {
			for _, d := range lengths(calls) {
				p := pauses{gap: d}
				p[last] += settle
				all = append(all, p)
			}
		}
	}
	again := pauses{}
	for i, c := range calls {
		if c.Op == "ReceiveMessage" {
			again[i] = hiding(calls)
		}
	}
	return append(all, again)
}

func lengths(calls []call) []time.Duration {
	var all []time.Duration
	for n := range 10 {
		all = append(all, time.Duration(n+1)*time.Second)
	}
	return append(all, hiding(calls))
}

// hiding is longer than any visibility timeout of the calls.
func hiding(calls []call) time.Duration {
	longest := defaultHiding
	for _, c := range calls {
		attributes, _ := c.Params["Attributes"].(map[string]any)
		for _, params := range []map[string]any{c.Params, attributes} {
			switch value := params["VisibilityTimeout"].(type) {
			case float64:
				longest = max(longest, time.Duration(value)*time.Second)
			case string:
				seconds, _ := strconv.Atoi(value)
				longest = max(longest, time.Duration(seconds)*time.Second)
			}
		}
	}
	return longest + time.Second
}
