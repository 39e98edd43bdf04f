package policydoc

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// operator is a condition operator. Names are as IAM writes them, exactly:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html.
type operator struct {
	// match compares one value of the policy with one of the request.
	match func(e evaluation, want, have string) bool
	// negated operators hold where no value of the policy matches.
	negated bool
}

var operators = map[string]operator{
	"StringEquals":              {match: sameText},
	"StringNotEquals":           {match: sameText, negated: true},
	"StringEqualsIgnoreCase":    {match: sameFoldedText},
	"StringNotEqualsIgnoreCase": {match: sameFoldedText, negated: true},
	"StringLike":                {match: likeText},
	"StringNotLike":             {match: likeText, negated: true},
	"ArnEquals":                 {match: likeARN},
	"ArnNotEquals":              {match: likeARN, negated: true},
	"ArnLike":                   {match: likeARN},
	"ArnNotLike":                {match: likeARN, negated: true},
	"Bool":                      {match: func(_ evaluation, want, have string) bool { return strings.EqualFold(want, have) }},
	"BinaryEquals":              {match: sameBytes},
	"IpAddress":                 {match: inNetwork},
	"NotIpAddress":              {match: inNetwork, negated: true},
	"NumericEquals":             {match: number(func(order int) bool { return order == 0 })},
	"NumericNotEquals":          {match: number(func(order int) bool { return order == 0 }), negated: true},
	"NumericLessThan":           {match: number(func(order int) bool { return order < 0 })},
	"NumericLessThanEquals":     {match: number(func(order int) bool { return order <= 0 })},
	"NumericGreaterThan":        {match: number(func(order int) bool { return order > 0 })},
	"NumericGreaterThanEquals":  {match: number(func(order int) bool { return order >= 0 })},
	"DateEquals":                {match: date(func(order int) bool { return order == 0 })},
	"DateNotEquals":             {match: date(func(order int) bool { return order == 0 }), negated: true},
	"DateLessThan":              {match: date(func(order int) bool { return order < 0 })},
	"DateLessThanEquals":        {match: date(func(order int) bool { return order <= 0 })},
	"DateGreaterThan":           {match: date(func(order int) bool { return order > 0 })},
	"DateGreaterThanEquals":     {match: date(func(order int) bool { return order >= 0 })},
}

// The prefixes that compare all values of a key in the request, and the operator that asks for a key.
const (
	forAll = "ForAllValues:"
	forAny = "ForAnyValue:"
	isNull = "Null"
)

// KnownOperator reports whether IAM has a condition operator of that name, prefix and IfExists included.
func KnownOperator(name string) bool {
	_, _, _, known := readOperator(name)
	return known || name == isNull
}

// readOperator takes the name of an operator apart.
func readOperator(name string) (set string, op operator, ifExists, known bool) {
	for _, prefix := range []string{forAll, forAny} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			set, name = prefix, rest
			break
		}
	}
	name, ifExists = strings.CutSuffix(name, "IfExists")
	op, known = operators[name]
	return set, op, ifExists, known
}

// failedCondition says which condition of a statement does not hold, empty for none.
func (e evaluation) failedCondition(s Statement) string {
	for _, name := range slices.Sorted(maps.Keys(s.Condition)) {
		keys := s.Condition[name]
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if why := e.fails(name, key, keys[key]); why != "" {
				return fmt.Sprintf("%s %s %s", name, key, why)
			}
		}
	}
	return ""
}

// fails says why a condition does not hold, empty where it does. A key that the request lacks fails all operators but
// the negated ones, those with IfExists and ForAllValues; ForAnyValue fails even so.
func (e evaluation) fails(name, key string, wanted []string) string {
	have := e.values(key)
	if name == isNull {
		return unless(slices.Contains(lower(wanted), strconv.FormatBool(len(have) == 0)), "does not match")
	}
	set, op, ifExists, known := readOperator(name)
	if !known {
		return "is no condition that IAM knows"
	}
	holds := func(value string) bool {
		matches := func(want string) bool { return op.match(e, want, value) }
		return slices.ContainsFunc(wanted, matches) != op.negated
	}
	fails := func(value string) bool { return !holds(value) }
	switch {
	case set == forAll:
		return unless(!slices.ContainsFunc(have, fails), "does not match")
	case len(have) == 0:
		return unless(set == "" && (op.negated || ifExists), "is not met: the request has no such key")
	case op.negated && set == "":
		return unless(!slices.ContainsFunc(have, fails), "does not match")
	default:
		return unless(slices.ContainsFunc(have, holds), "does not match")
	}
}

func unless(ok bool, why string) string {
	if ok {
		return ""
	}
	return why
}

func sameText(e evaluation, want, have string) bool {
	p, ok := e.expand(want, false)
	return ok && string(p) == have
}

func sameFoldedText(e evaluation, want, have string) bool {
	p, ok := e.expand(want, false)
	return ok && strings.EqualFold(string(p), have)
}

func likeText(e evaluation, want, have string) bool {
	p, ok := e.expand(want, true)
	return ok && p.match(have)
}

// likeARN serves ArnEquals too, which behaves as ArnLike.
func likeARN(e evaluation, want, have string) bool {
	p, ok := e.expand(want, true)
	return ok && p.matchARN(have)
}

func sameBytes(_ evaluation, want, have string) bool {
	left, errLeft := base64.StdEncoding.DecodeString(want)
	right, errRight := base64.StdEncoding.DecodeString(have)
	return errLeft == nil && errRight == nil && string(left) == string(right)
}

// inNetwork reports whether an address lies in a network or is the address that the policy names.
func inNetwork(_ evaluation, want, have string) bool {
	address, err := netip.ParseAddr(have)
	if err != nil {
		return false
	}
	if network, err := netip.ParsePrefix(want); err == nil {
		return network.Contains(address)
	}
	same, err := netip.ParseAddr(want)
	return err == nil && same == address
}

// number returns the comparison of numbers by the order of the request's to the policy's.
func number(ok func(order int) bool) func(evaluation, string, string) bool {
	return func(_ evaluation, want, have string) bool {
		limit, errLimit := strconv.ParseFloat(want, 64)
		value, errValue := strconv.ParseFloat(have, 64)
		if errLimit != nil || errValue != nil {
			return false
		}
		switch {
		case value < limit:
			return ok(-1)
		case value > limit:
			return ok(1)
		default:
			return value == limit && ok(0) // false for what is not a number
		}
	}
}

// date returns the comparison of dates by the order of the request's to the policy's.
func date(ok func(order int) bool) func(evaluation, string, string) bool {
	return func(_ evaluation, want, have string) bool {
		limit, limitOK := readDate(want)
		value, valueOK := readDate(have)
		return limitOK && valueOK && ok(value.Compare(limit))
	}
}

// readDate reads a date in a form of ISO 8601, or seconds since 1970.
func readDate(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(seconds, 0), err == nil
}
