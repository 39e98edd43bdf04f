package awscases_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	// numberedName stands for many calls: "paging-<0..119>".
	numberedName = regexp.MustCompile(`<(\d+)\.\.(\d+)>`)
	// shortened tells how many set-up calls there were: "102 set-up calls; first and last 3 shown".
	shortened = regexp.MustCompile(`^(\d+) set-up calls; first and last (\d+) shown`)
	// syntheticSubscription is the ARN of a subscription as the case files write it.
	syntheticSubscription = regexp.MustCompile(`(arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]+):00000000-0000-4000-8000-\d{12}`)
)

// lengthen writes out the set-up calls that a case file abbreviates.
func (c *Case) lengthen() error {
	if m := shortened.FindStringSubmatch(c.SetupNote); m != nil {
		total, _ := strconv.Atoi(m[1])
		shown, _ := strconv.Atoi(m[2])
		if len(c.Setup) != 2*shown || shown < 2 {
			return fmt.Errorf("writing out %q: %d calls are shown", c.SetupNote, len(c.Setup))
		}
		middle, err := continueSeries(c.Setup[shown-2], c.Setup[shown-1], total-len(c.Setup))
		if err != nil {
			return err
		}
		c.Setup = slices.Concat(c.Setup[:shown], middle, c.Setup[shown:])
	}
	var all []Call
	for _, call := range c.Setup {
		all = append(all, call.spread()...)
	}
	c.Setup = all
	return nil
}

// spread makes one call for each number that a parameter stands for.
func (c Call) spread() []Call {
	for name, value := range c.Params {
		text, _ := value.(string)
		m := numberedName.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		first, _ := strconv.Atoi(m[1])
		last, _ := strconv.Atoi(m[2])
		var calls []Call
		for n := first; n <= last; n++ {
			calls = append(calls, c.with(name, strings.Replace(text, m[0], strconv.Itoa(n), 1)))
		}
		return calls
	}
	return []Call{c}
}

// with returns a copy of the call with one parameter changed.
func (c Call) with(name, value string) Call {
	c.Params = maps.Clone(c.Params)
	c.Params[name] = value
	return c
}

// continueSeries makes the n calls that follow a and b, which differ in a number at the end of one parameter.
func continueSeries(a, b Call, n int) ([]Call, error) {
	for name := range b.Params {
		left, _ := a.Params[name].(string)
		right, _ := b.Params[name].(string)
		if left == right {
			continue
		}
		same := 0
		for same < len(left) && left[same] == right[same] {
			same++
		}
		from, err := strconv.Atoi(right[same:])
		if err != nil {
			return nil, fmt.Errorf("continuing the series of %q: %w", right, err)
		}
		calls := make([]Call, n)
		for i := range calls {
			calls[i] = b.with(name, right[:same]+strconv.Itoa(from+1+i))
		}
		return calls, nil
	}
	return nil, fmt.Errorf("continuing the series of %s: the calls do not differ", b.Op)
}

// subscriptions maps the synthetic ARNs of a case to those that Subscribe answered: the synthetic ones of a topic, in
// the order of their numbers, belong to its subscriptions in the order of making.
type subscriptions struct {
	synthetic map[string][]string
	actual    map[string][]string
}

func newSubscriptions(c Case) *subscriptions {
	text, _ := json.Marshal([]any{c.Setup, c.Params})
	s := &subscriptions{synthetic: map[string][]string{}, actual: map[string][]string{}}
	arns := syntheticSubscription.FindAllString(string(text), -1)
	slices.Sort(arns)
	for _, arn := range slices.Compact(arns) {
		topic := syntheticSubscription.FindStringSubmatch(arn)[1]
		s.synthetic[topic] = append(s.synthetic[topic], arn)
	}
	return s
}

// made notes the answer of a Subscribe.
func (s *subscriptions) made(topic, arn string) {
	if !slices.Contains(s.actual[topic], arn) {
		s.actual[topic] = append(s.actual[topic], arn)
	}
}

// resolve puts the actual ARN in the place of a synthetic one; one that never was made stays as it is.
func (s *subscriptions) resolve(params map[string]any) map[string]any {
	resolved := maps.Clone(params)
	for name, value := range params {
		text, _ := value.(string)
		m := syntheticSubscription.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		if at := slices.Index(s.synthetic[m[1]], text); at >= 0 && at < len(s.actual[m[1]]) {
			resolved[name] = s.actual[m[1]][at]
		}
	}
	return resolved
}
