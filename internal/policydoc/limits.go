package policydoc

import "fmt"

// LimitError says which limit of AWS a document breaks.
type LimitError struct {
	// Service is "SQS" or "SNS".
	Service string
	// Sid of the statement at fault, empty when it is the whole document; statements without Sid are "#" and index.
	Sid string
	// Limit is what is counted: bytes, statements, principals, conditions or actions.
	Limit string
	// Found and Max are the count and its limit.
	Found, Max int
	// Remedy is what the user can do.
	Remedy string
}

// Error names the limit, what was found, and the remedy.
func (e *LimitError) Error() string {
	where := "the policy"
	if e.Sid != "" {
		where = fmt.Sprintf("statement %q of the policy", e.Sid)
	}
	return fmt.Sprintf("%s has %d %s, %s takes at most %d: %s", where, e.Found, e.Limit, e.Service, e.Max, e.Remedy)
}

const (
	remedyTopics     = "subscribe this queue to fewer topics or split it, name fewer senders, or remove statements that others added"
	remedyPublishers = "name fewer publishers, or remove statements that others added"
	remedyPrincipals = "allow an account in place of its single users and roles, or remove statements that others added"
	remedyStatement  = "split this statement"
)

// CheckQueueLimits returns a *LimitError when the document breaks a limit of
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html. Conditions and
// actions are counted a statement: policies of 20 statements with a condition each are known to be taken.
func (d Document) CheckQueueLimits() error {
	check := checker{service: "SQS"}
	check.limit("", "bytes", len(d.JSON()), 8192, remedyTopics)
	check.limit("", "statements", len(d.Statements), 20, remedyTopics)
	check.limit("", "principals", d.principals(), 50, remedyPrincipals)
	for i, s := range d.Statements {
		check.limit(s.name(i), "actions", len(s.Action)+len(s.NotAction), 7, remedyStatement)
		check.limit(s.name(i), "conditions", s.conditions(), 10, remedyStatement)
	}
	return check.err()
}

// CheckTopicLimits returns a *LimitError when the document breaks a limit of
// https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html.
func (d Document) CheckTopicLimits() error {
	check := checker{service: "SNS"}
	check.limit("", "bytes", len(d.JSON()), 30<<10, remedyPublishers)
	check.limit("", "statements", len(d.Statements), 100, remedyPublishers)
	check.limit("", "principals", d.principals(), 200, remedyPrincipals)
	return check.err()
}

// checker keeps the first limit that is broken.
type checker struct {
	service string
	broken  *LimitError
}

func (c *checker) limit(sid, what string, found, most int, remedy string) {
	if found > most && c.broken == nil {
		c.broken = &LimitError{Service: c.service, Sid: sid, Limit: what, Found: found, Max: most, Remedy: remedy}
	}
}

func (c *checker) err() error {
	if c.broken == nil {
		return nil
	}
	return c.broken
}

func (s Statement) name(index int) string {
	if s.Sid == "" {
		return fmt.Sprintf("#%d", index)
	}
	return s.Sid
}

// principals counts the principals of all statements.
func (d Document) principals() int {
	count := 0
	for _, s := range d.Statements {
		for _, p := range []Principals{s.Principal, s.NotPrincipal} {
			for _, members := range p {
				count += len(members)
			}
		}
	}
	return count
}

// conditions counts the condition keys of a statement.
func (s Statement) conditions() int {
	count := 0
	for _, keys := range s.Condition {
		count += len(keys)
	}
	return count
}
