package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// selector is one use of a metric in a query.
type selector struct {
	metric   string
	matchers []matcher
}

type matcher struct{ label, operator, value string }

// grouping is a list of labels, by or on which series are put together, with the metrics that it concerns.
type grouping struct{ labels, metrics []string }

// query is what the tests need to know of PromQL: which metrics it reads, and which labels it takes them to have.
type query struct {
	selectors []selector
	groupings []grouping
}

// promToken takes a string, a name, a number with its unit, an operator of two characters, or one character.
var promToken = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|[a-zA-Z_:][a-zA-Z0-9_:]*|[0-9][0-9a-z.]*|[=!<>]=|[=!]~|\S`)

var (
	promName    = regexp.MustCompile(`^[a-zA-Z_:]`)
	promKeyword = []string{"and", "or", "unless", "bool", "offset"}
	promLists   = []string{"by", "without", "on", "ignoring", "group_left", "group_right"}
)

// scan reads a query. It takes no functions whose arguments after the first are names.
func scan(text string) (query, error) {
	s := scanner{tokens: promToken.FindAllString(strings.ReplaceAll(text, "$__rate_interval", "5m"), -1)}
	for s.at < len(s.tokens) {
		if err := s.next(); err != nil {
			return query{}, fmt.Errorf("%w in %s", err, text)
		}
	}
	if len(s.open) > 0 {
		return query{}, fmt.Errorf("a parenthesis is not closed in %s", text)
	}
	// Labels of a list that stands between two operands concern both.
	for i := range s.groupings {
		if s.groupings[i].metrics == nil {
			for _, of := range s.selectors {
				s.groupings[i].metrics = append(s.groupings[i].metrics, of.metric)
			}
		}
	}
	return s.query, nil
}

type scanner struct {
	query
	tokens []string
	at     int
	// open has, for each parenthesis, the number of its grouping, or -1; pending is that of the next one.
	open    []int
	pending int
}

func (s *scanner) peek() string {
	if s.at == len(s.tokens) {
		return ""
	}
	return s.tokens[s.at]
}

func (s *scanner) next() error {
	token := s.peek()
	s.at++
	switch {
	case token == "(":
		s.open = append(s.open, s.pending-1)
		s.pending = 0
	case token == ")":
		if len(s.open) == 0 {
			return fmt.Errorf("a parenthesis is not opened")
		}
		s.open = s.open[:len(s.open)-1]
	case slices.Contains(promLists, token):
		labels, err := s.list(")")
		if err != nil {
			return err
		}
		s.groupings = append(s.groupings, grouping{labels: labels})
		if token == "by" || token == "without" {
			s.pending = len(s.groupings)
		}
	case promName.MatchString(token) && !slices.Contains(promKeyword, token) && s.peek() != "(" && !slices.Contains(promLists, s.peek()):
		return s.selector(token)
	}
	return nil
}

// list reads the names up to a closing token.
func (s *scanner) list(end string) ([]string, error) {
	var out []string
	for s.at++; s.peek() != end; s.at++ {
		switch token := s.peek(); {
		case promName.MatchString(token):
			out = append(out, token)
		case token != ",":
			return nil, fmt.Errorf("%q in a list of labels", token)
		}
	}
	s.at++
	return out, nil
}

func (s *scanner) selector(metric string) error {
	found := selector{metric: metric}
	if s.peek() == "{" {
		for s.at++; s.peek() != "}"; {
			if s.peek() == "," {
				s.at++
				continue
			}
			if len(s.tokens)-s.at < 4 || !strings.HasPrefix(s.tokens[s.at+2], `"`) {
				return fmt.Errorf("the labels of %s cannot be read", metric)
			}
			found.matchers = append(found.matchers, matcher{s.peek(), s.tokens[s.at+1], strings.Trim(s.tokens[s.at+2], `"`)})
			s.at += 3
		}
		s.at++
	}
	s.selectors = append(s.selectors, found)
	for _, i := range s.open {
		if i >= 0 {
			s.groupings[i].metrics = append(s.groupings[i].metrics, metric)
		}
	}
	return nil
}

func TestQueriesAreScanned(t *testing.T) {
	got, err := scan(`histogram_quantile(0.99, sum by (le, service) (rate(a_bucket{x="1", y!~"b|c"}[$__rate_interval]))) / (b > 0) and on (job) c unless d`)
	if err != nil {
		t.Fatal(err)
	}
	want := query{
		selectors: []selector{{"a_bucket", []matcher{{"x", "=", "1"}, {"y", "!~", "b|c"}}}, {metric: "b"}, {metric: "c"}, {metric: "d"}},
		groupings: []grouping{{[]string{"le", "service"}, []string{"a_bucket"}}, {[]string{"job"}, []string{"a_bucket", "b", "c", "d"}}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(query{}, selector{}, matcher{}, grouping{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, broken := range []string{"sum(a", "a)", "a{b}", "sum by (1) (a)"} {
		if _, err := scan(broken); err == nil {
			t.Errorf("%s is taken for a query", broken)
		}
	}
}
