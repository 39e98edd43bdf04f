package main

import (
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
)

// written returns all the calls that a case file abbreviates; note is its setupNote.
func written(setup []call, note string) ([]call, error) {
	if m := shortened.FindStringSubmatch(note); m != nil {
		total, _ := strconv.Atoi(m[1])
		shown, _ := strconv.Atoi(m[2])
		if len(setup) != 2*shown || shown < 2 {
			return nil, fmt.Errorf("writing out %q: %d calls are shown", note, len(setup))
		}
		middle, err := continueSeries(setup[shown-2], setup[shown-1], total-len(setup))
		if err != nil {
			return nil, err
		}
		setup = slices.Concat(setup[:shown], middle, setup[shown:])
	}
	var all []call
	for _, c := range setup {
		all = append(all, c.spread()...)
	}
	return all, nil
}

// spread makes one call for each number that a parameter stands for.
func (c call) spread() []call {
	for name, value := range c.Params {
		text, _ := value.(string)
		m := numberedName.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		first, _ := strconv.Atoi(m[1])
		last, _ := strconv.Atoi(m[2])
		var calls []call
		for n := first; n <= last; n++ {
			calls = append(calls, c.with(name, strings.Replace(text, m[0], strconv.Itoa(n), 1)))
		}
		return calls
	}
	return []call{c}
}

// with returns a copy of the call with one parameter changed.
func (c call) with(name, value string) call {
	c.Params = maps.Clone(c.Params)
	c.Params[name] = value
	return c
}

// continueSeries makes the n calls that follow a and b, which differ in the number at the end of one parameter.
func continueSeries(a, b call, n int) ([]call, error) {
	for name := range b.Params {
		left, _ := a.Params[name].(string)
		right, _ := b.Params[name].(string)
		if left == right {
			continue
		}
		stem := strings.TrimRight(right, "0123456789")
		from, err := strconv.Atoi(right[len(stem):])
		if err != nil {
			return nil, fmt.Errorf("continuing the series of %q: %w", right, err)
		}
		calls := make([]call, n)
		for i := range calls {
			calls[i] = b.with(name, stem+strconv.Itoa(from+1+i))
		}
		return calls, nil
	}
	return nil, fmt.Errorf("continuing the series of %s: the calls do not differ", b.Op)
}
