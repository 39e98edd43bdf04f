package topology

import (
	"slices"
	"strings"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
)

// knownSids are the fixed Sids a role may have; those that are not wanted are cleared. Leftovers of varying Sids the planner finds in AWS.
var knownSids = map[Role][]string{
	RoleMain:        {policydoc.SidTopics, policydoc.SidTLSOnly, policydoc.SidSenders, policydoc.SidReceivers},
	RoleDeadLetter:  {policydoc.SidTLSOnly},
	RoleUndelivered: {policydoc.SidUndelivered, policydoc.SidTLSOnly},
}

// tlsOnly is the statement that denies what does not come over TLS, on by default.
func (b *consumer) tlsOnly(arn string) []policydoc.Statement {
	if a := b.settings.Access; a != nil && a.EnforceTLS != nil && !*a.EnforceTLS {
		return nil
	}
	return []policydoc.Statement{policydoc.TLSOnly(arn)}
}

// mainStatements are Skein's statements on the main queue, with these topics.
func (b *consumer) mainStatements(topics []topic) []policydoc.Statement {
	arn := b.out.Names.MainARN
	statements := slices.Concat(policydoc.Topics(arn, b.topicGrants(topics)), b.tlsOnly(arn))
	if a := b.settings.Access; a != nil {
		statements = slices.Concat(statements, policydoc.Senders(arn, callers(a.Senders)), policydoc.Receivers(arn, receivers(a.Receivers)))
	}
	return sortedStatements(statements)
}

// undeliveredStatements are Skein's statements on the undelivered queue, with these topics as far as they use it.
func (b *consumer) undeliveredStatements(arn string, topics []topic) []policydoc.Statement {
	topics = slices.DeleteFunc(slices.Clone(topics), func(t topic) bool { return t.region != b.in.Account.Region })
	return sortedStatements(slices.Concat(policydoc.Undelivered(arn, b.topicGrants(topics)), b.tlsOnly(arn)))
}

func (b *consumer) topicGrants(topics []topic) []policydoc.TopicGrant {
	var grants []policydoc.TopicGrant
	for _, t := range topics {
		principal, ok := policydoc.ServicePrincipal(t.region, b.in.Account.Region)
		if !ok {
			principal = "sns.amazonaws.com"
		}
		grants = append(grants, policydoc.TopicGrant{TopicARN: t.arn, Principal: principal})
	}
	return grants
}

func sortedStatements(statements []policydoc.Statement) []policydoc.Statement {
	slices.SortFunc(statements, func(a, b policydoc.Statement) int { return strings.Compare(a.Sid, b.Sid) })
	return statements
}

// differing gives the interim statements that are not as the final ones; nil where there are none.
func differing(final, interim []policydoc.Statement) map[string]policydoc.Statement {
	finals := policydoc.BySid(final)
	out := map[string]policydoc.Statement{}
	for _, s := range interim {
		if f, ok := finals[s.Sid]; !ok || !f.Equal(s) {
			out[s.Sid] = s
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func callers(principals []v1alpha1.SourcePrincipal) []policydoc.Caller {
	var out []policydoc.Caller
	for _, p := range principals {
		out = append(out, policydoc.Caller{
			Service: p.Service, SourceARN: string(p.SourceARN), SourceAccount: p.SourceAccount, AWSPrincipal: p.AWSPrincipal,
		})
	}
	return out
}

func receivers(principals []v1alpha1.AWSPrincipal) []policydoc.Caller {
	var out []policydoc.Caller
	for _, p := range principals {
		out = append(out, policydoc.Caller{AWSPrincipal: p.AWSPrincipal})
	}
	return out
}
