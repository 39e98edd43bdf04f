package delivery

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/skein-dev/skein/internal/policydoc"
)

// answer is what a policy says to a request of which not all circumstances are known.
type answer string

const (
	no      answer = "no"
	perhaps answer = "perhaps"
	yes     answer = "yes"
)

// circumstances are what is known of a call that a service makes for a resource,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html.
func circumstances(service, sourceARN, sourceAccount string) map[string][]string {
	return map[string][]string{
		"aws:SourceArn":             {sourceARN},
		"aws:SourceAccount":         {sourceAccount},
		"aws:SecureTransport":       {"true"},
		"aws:PrincipalIsAWSService": {"true"},
		"aws:PrincipalServiceName":  {service},
		"aws:ViaAWSService":         {"false"},
	}
}

// absentForServices are the keys, in lower case, that calls of service principals do not have: they tell of users and roles, or of a network of the account.
var absentForServices = []string{
	"aws:principalorgid", "aws:principalorgpaths", "aws:principaltag/", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip",
	"aws:multifactorauthpresent", "aws:multifactorauthage", "aws:username", "aws:federatedprovider", "aws:sourceidentity", "aws:tokenissuetime",
}

// judge asks a policy. A condition on something that only AWS knows is taken to hold and not to hold: where both come to the same, that is
// the answer. The Decision tells why not; for perhaps, which condition it depends on.
func judge(d policydoc.Document, r policydoc.Request) (answer, policydoc.Decision) {
	if d := supposing(d, r, "Deny").Evaluate(r); d.Allowed {
		return yes, d
	}
	if d := supposing(d, r, "Allow").Evaluate(r); !d.Allowed {
		return no, d
	}
	return perhaps, policydoc.Decision{Reason: open(d, r)}
}

// supposing gives the document as it is if all conditions that nobody knows hold in statements of one effect and fail in the others.
func supposing(d policydoc.Document, r policydoc.Request, effect string) policydoc.Document {
	out := d
	out.Statements = slices.Clone(d.Statements)
	for i, s := range out.Statements {
		keys := unknowable(s, r)
		switch {
		case len(keys) == 0:
		case s.Effect == effect:
			out.Statements[i].Condition = without(s.Condition, keys)
		default:
			// In its place stands one that fits nothing, for statements without a Sid are named by their number.
			out.Statements[i] = policydoc.Statement{Sid: s.Sid}
		}
	}
	return out
}

func without(conditions map[string]map[string][]string, keys []string) map[string]map[string][]string {
	out := map[string]map[string][]string{}
	for operator, tests := range conditions {
		tests = maps.Clone(tests)
		maps.DeleteFunc(tests, func(key string, _ []string) bool { return slices.Contains(keys, key) })
		out[operator] = tests
	}
	return out
}

// unknowable are the keys of a statement's conditions of which nobody but AWS knows the values in the request, sorted.
func unknowable(s policydoc.Statement, r policydoc.Request) []string {
	var keys []string
	for _, tests := range s.Condition {
		for key := range tests {
			if !known(key, r) {
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func known(key string, r policydoc.Request) bool {
	for given := range r.Context {
		if strings.EqualFold(given, key) {
			return true
		}
	}
	key = strings.ToLower(key)
	return r.Principal.Service != "" && slices.ContainsFunc(absentForServices, func(absent string) bool {
		return key == absent || strings.HasSuffix(absent, "/") && strings.HasPrefix(key, absent)
	})
}

// open names the conditions on which an answer depends.
func open(d policydoc.Document, r policydoc.Request) string {
	var out []string
	for i, s := range d.Statements {
		keys, name := unknowable(s, r), s.Sid
		if name == "" {
			name = fmt.Sprintf("#%d", i)
		}
		s.Condition, s.Effect = without(s.Condition, keys), "Allow"
		if one := (policydoc.Document{Version: d.Version, Statements: []policydoc.Statement{s}}); len(keys) > 0 && one.Evaluate(r).Allowed {
			out = append(out, fmt.Sprintf("statement %s asks for %s", name, strings.Join(keys, ", ")))
		}
	}
	return strings.Join(out, "; ") + ", which only AWS knows"
}
