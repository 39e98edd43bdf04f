package delivery

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// topicKey asks whether the topic's key can be used, and whether it admits the services and other accounts that may publish. The topic's own
// account is not asked for: what its users and roles may do with a key is for IAM to say.
func (p proof) topicKey() *Verdict {
	topic, asked := p.seen.References[p.sub.TopicARN]
	switch {
	case !asked || topic.Existence == topology.Absent:
		return nil
	case topic.Existence == topology.Unread:
		return unknown(v1alpha1.ReasonKeyUnknown,
			"topic %s cannot be read, and neither whether it has a key nor who publishes; permit sns:GetTopicAttributes", p.sub.TopicARN)
	case topic.Attributes["KmsMasterKeyId"] == "":
		return nil
	}
	document, err := policydoc.Parse(topic.Attributes["Policy"])
	if err != nil {
		return unknown(v1alpha1.ReasonPolicyUnknown, "the policy of topic %s is none that can be read", p.sub.TopicARN)
	}
	senders := p.publishers(document)
	l, trouble := p.unlock(p.topicLock(), p.forPublishers(senders))
	switch {
	case trouble != nil:
		return trouble
	case len(senders) == 0:
		return nil
	case l.awsManaged():
		return fails(v1alpha1.ReasonTopicKeyNotGrantable,
			"%s uses %s, a key that AWS manages and that only users and roles of its own account can use, but its policy lets %s publish; use a key of your own with the statement %s",
			l.by, l.name(), senders[0].who, senders[0].wanted().JSON())
	}
	if v := l.unread(p.forPublishers(senders)); v != nil {
		return v
	}
	return l.judgePublishers(senders)
}

// forPublishers is the statement that the topic's key needs for the first publisher; for the topic's own account where there is none.
func (p proof) forPublishers(senders []publisher) policydoc.Statement {
	for _, s := range senders {
		return s.wanted()
	}
	own := arn.ARN{Partition: p.topicARN.Partition, Service: "iam", AccountID: p.topicARN.AccountID, Resource: "root"}
	return wants("AllowPublishers", policydoc.Principals{"AWS": {own.String()}}, "")
}

// judgePublishers finds the first publisher that the key does not admit.
func (l lock) judgePublishers(senders []publisher) *Verdict {
	var open *Verdict
	for _, s := range senders {
		switch may, why := l.askFor(s); {
		case may == no && why.Denied:
			return fails(v1alpha1.ReasonTopicKeyDenied, "the policy of the key %s of %s stops %s, which may publish: %s; exempt it", l.name(), l.by, s.who, why.Reason)
		case may == no:
			return fails(v1alpha1.ReasonTopicKeyDenied,
				"the policy of the key %s of %s does not let %s use it, which may publish; add the statement %s", l.name(), l.by, s.who, s.wanted().JSON())
		case may == perhaps && open == nil:
			open = unknown(v1alpha1.ReasonKeyUnknown, "whether the policy of the key %s of %s lets %s use it, which may publish, cannot be told: %s", l.name(), l.by, s.who, why.Reason)
		}
	}
	return open
}

// askFor asks the key for one publisher. Which of the circumstances under which a service publishes it also tells KMS differs from service
// to service, so a refusal must hold without them.
func (l lock) askFor(s publisher) (answer, policydoc.Decision) {
	if s.everyone {
		return yes, policydoc.Decision{}
	}
	best, why := no, policydoc.Decision{}
	for i, principal := range l.candidates(s) {
		for _, context := range []map[string][]string{s.context, s.certain()} {
			may, decision := l.ask(policydoc.Request{Principal: principal, Context: context})
			if may == yes {
				return yes, decision
			}
			if may == perhaps || i == 0 && best == no {
				best, why = may, decision
			}
		}
	}
	return best, why
}

// candidates are those for whom a publisher may stand: of an account also its users and roles that the key's policy names.
func (l lock) candidates(s publisher) []policydoc.Principal {
	out := []policydoc.Principal{s.principal}
	if s.principal.Service != "" || s.principal.ARN != "" {
		return out
	}
	for _, statement := range l.Policy.Statements {
		for _, member := range statement.Principal["AWS"] {
			if a, err := arn.Parse(member); err == nil && a.AccountID == s.principal.Account && a.Resource != "root" {
				out = append(out, policydoc.Principal{Account: a.AccountID, ARN: member})
			}
		}
	}
	return out
}

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

// wanted is the statement that admits the publisher.
func (s publisher) wanted() policydoc.Statement {
	switch {
	case s.everyone:
		return wants("AllowPublishers", policydoc.Principals{"AWS": {"ARN of who publishes"}}, "")
	case s.principal.Service != "":
		return wants("AllowPublishers", policydoc.Principals{"Service": {s.member}}, "")
	default:
		return wants("AllowPublishers", policydoc.Principals{"AWS": {s.member}}, "")
	}
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
			if !p.ownOnly(s) {
				out = append(out, everyone(i, s))
			}
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

// ownOnly says that a statement for everyone means callers of the topic's own account.
func (p proof) ownOnly(s policydoc.Statement) bool {
	for _, tests := range s.Condition {
		for key, values := range tests {
			own := strings.EqualFold(key, "aws:SourceOwner") || strings.EqualFold(key, "aws:PrincipalAccount")
			if own && len(values) == 1 && values[0] == p.topicARN.AccountID {
				return true
			}
		}
	}
	return false
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
