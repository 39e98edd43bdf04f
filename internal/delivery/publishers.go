package delivery

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/skein-dev/skein/internal/policydoc"
)

// publisher is a service or another account that a topic's policy lets publish.
type publisher struct {
	// who names it for people; member is how the policy does.
	who, member string
	principal   policydoc.Principal
	// everyone: the statement names nobody in particular.
	everyone bool
	// context has what is known of its calls.
	context map[string][]string
}

// admitting is the one statement that admits publishers.
func admitting(publishers []publisher) policydoc.Statement {
	who := policydoc.Principals{}
	for _, s := range publishers {
		switch {
		case s.everyone:
			who["AWS"] = append(who["AWS"], "ARN of who publishes")
		case s.principal.Service != "":
			who["Service"] = append(who["Service"], s.member)
		default:
			who["AWS"] = append(who["AWS"], s.member)
		}
	}
	return wants("AllowPublishers", who)
}

// names tells of publishers by the first.
func names(publishers []publisher) string {
	if n := len(publishers) - 1; n > 0 {
		return fmt.Sprintf("%s (and %d more)", publishers[0].who, n)
	}
	return publishers[0].who
}

// certain is the context without what services tell or do not tell.
func (s publisher) certain() map[string][]string {
	out := map[string][]string{}
	for key, values := range s.context {
		if !strings.HasPrefix(strings.ToLower(key), "aws:source") {
			out[key] = values
		}
	}
	return out
}

// publishers are the services and other accounts that may publish to the topic, in the order of its policy.
func (p proof) publishers(d policydoc.Document) []publisher {
	var out []publisher
	// What a topic's default statement admits by aws:SourceOwner counts as the own account.
	d.Statements = slices.Clone(d.Statements)
	for i, s := range d.Statements {
		if s.Effect == "Allow" && p.ownOnly(s) {
			d.Statements[i] = policydoc.Statement{Sid: s.Sid}
		}
	}
	named := map[string]bool{}
	for i, s := range d.Statements {
		if s.Effect != "Allow" {
			continue
		}
		for _, candidate := range p.named(i, s) {
			r := policydoc.Request{Principal: candidate.principal, Action: "sns:Publish", Resource: p.sub.TopicARN, Context: candidate.context}
			if may, _ := judge(d, r); may != no && !named[candidate.who] {
				named[candidate.who] = true
				out = append(out, candidate)
			}
		}
	}
	return out
}

// named are those besides the topic's own account whom a statement names.
func (p proof) named(i int, s policydoc.Statement) []publisher {
	var out []publisher
	for _, service := range s.Principal["Service"] {
		context := circumstances(service, "", "")
		delete(context, "aws:SourceArn")
		delete(context, "aws:SourceAccount")
		told(s, context)
		out = append(out, publisher{who: "the service " + service, member: service, principal: policydoc.Principal{Service: service}, context: context})
	}
	for _, member := range slices.Concat(s.Principal["AWS"], s.Principal["*"]) {
		if member == "*" {
			out = append(out, everyone(i, s))
			continue
		}
		if principal, ok := identity(member); ok && principal.Account != p.topicARN.AccountID {
			out = append(out, publisher{who: member, member: member, principal: principal, context: p.ofAccount(principal)})
		}
	}
	return out
}

// everyone is whom a statement admits that names nobody: some caller that fits its conditions.
func everyone(i int, s policydoc.Statement) publisher {
	name := s.Sid
	if name == "" {
		name = fmt.Sprintf("#%d", i)
	}
	return publisher{who: "everyone whom statement " + name + " means", everyone: true}
}

// ownOnly says that a statement means callers of the topic's own account.
func (p proof) ownOnly(s policydoc.Statement) bool {
	for _, operator := range []string{"StringEquals", "StringLike", "ArnEquals", "ArnLike"} {
		for key, values := range s.Condition[operator] {
			if len(values) > 0 && !slices.ContainsFunc(values, func(value string) bool { return !p.meansOwn(key, value) }) {
				return true
			}
		}
	}
	return false
}

// meansOwn says that a condition key has a value in calls of the topic's own account only.
func (p proof) meansOwn(key, value string) bool {
	switch strings.ToLower(key) {
	case "aws:sourceowner", "aws:principalaccount":
		return value == p.topicARN.AccountID
	case "aws:principalarn":
		a, err := arn.Parse(value)
		return err == nil && a.AccountID == p.topicARN.AccountID
	default:
		return false
	}
}

// told takes over what a statement's conditions say of a caller in so many words.
func told(s policydoc.Statement, context map[string][]string) {
	for _, operator := range []string{"StringEquals", "StringLike", "ArnEquals", "ArnLike"} {
		for key, values := range s.Condition[operator] {
			if len(values) == 1 && !strings.ContainsAny(values[0], "*?$") {
				context[key] = values
			}
		}
	}
}

// identity is an account, user or role that a policy names; false for what is none, such as the id of a user that was deleted.
func identity(member string) (policydoc.Principal, bool) {
	a, err := arn.Parse(member)
	switch {
	case err == nil && a.Resource == "root":
		return policydoc.Principal{Account: a.AccountID}, a.AccountID != ""
	case err == nil:
		return policydoc.Principal{Account: a.AccountID, ARN: member}, a.AccountID != ""
	default:
		return policydoc.Principal{Account: member}, len(member) == 12 && strings.Trim(member, "0123456789") == ""
	}
}

// ofAccount is what is known of a call that an identity makes through SNS,
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html.
func (p proof) ofAccount(who policydoc.Principal) map[string][]string {
	return map[string][]string{
		"aws:SecureTransport":       {"true"},
		"aws:PrincipalIsAWSService": {"false"},
		"aws:PrincipalAccount":      {who.Account},
		"kms:CallerAccount":         {who.Account},
		"kms:ViaService":            {"sns." + p.topicARN.Region + ".amazonaws.com"},
	}
}
