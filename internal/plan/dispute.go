package plan

import (
	"maps"

	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// dispute notes which of the statements that a step changes name users, roles or accounts that AWS may not know, as it does not once they are deleted: it
// refuses a policy that names one, and shows an id in place of one that it knew
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html). Own are all of Skein's statements in the policy.
func (s *Step) dispute(want, have topology.Resource, own map[string]policydoc.Statement) {
	rest := maps.Clone(own)
	for _, c := range s.Changes {
		name, sid := topology.CutField(c.Field)
		statement, stays := own[sid]
		if name != "Policy" || !stays || len(statement.Named()) == 0 {
			continue
		}
		s.Disputed = append(s.Disputed, c.Field)
		if narrowed, some := statement.Narrowed(accepted(have, sid)); some {
			rest[sid] = narrowed
		} else {
			delete(rest, sid)
		}
	}
	if document := merge(want, have, rest); len(s.Disputed) > 0 && !maps.Equal(document.Own(), have.Policy.Own()) {
		s.Rest = document.JSON()
	}
}

// accepted are the principals that AWS shows in a statement.
func accepted(have topology.Resource, sid string) []string {
	var out []string
	for _, s := range have.Policy.Statements {
		if s.Sid == sid {
			out = append(out, s.Named()...)
		}
	}
	return out
}
