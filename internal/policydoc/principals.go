package policydoc

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// concernsPrincipal reports whether a statement speaks of the caller.
//
// With Deny, NotPrincipal exempts a caller only if each of its principals is named: its account, its user or role, and
// the role's session (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html).
func (e evaluation) concernsPrincipal(s Statement) bool {
	named, exempt := s.Principal.canonical("Allow"), s.NotPrincipal.canonical("Allow")
	if len(named) == 0 && len(exempt) == 0 {
		return false
	}
	if len(named) > 0 && !e.Principal.someIn(named) {
		return false
	}
	if s.Effect == "Deny" {
		return len(exempt) == 0 || !e.Principal.allIn(exempt)
	}
	return !e.Principal.someIn(exempt)
}

// someIn reports whether one of the caller's principals is among the members. Everyone includes AWS services: "*" and
// {"AWS": "*"} are the same, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html.
func (p Principal) someIn(members map[string][]string) bool {
	return slices.Contains(members["AWS"], everyone) || p.inServices(members["Service"]) ||
		slices.ContainsFunc(p.identities(), p.namedBy(members["AWS"]))
}

// allIn reports whether all of the caller's principals are among the members.
func (p Principal) allIn(members map[string][]string) bool {
	if slices.Contains(members["AWS"], everyone) || p.inServices(members["Service"]) {
		return true
	}
	identities, named := p.identities(), p.namedBy(members["AWS"])
	return len(identities) > 0 && !slices.ContainsFunc(identities, func(id string) bool { return !named(id) })
}

func (p Principal) inServices(services []string) bool {
	return p.Service != "" && (slices.Contains(services, p.Service) || slices.Contains(services, everyone))
}

// identities are the account, the user or role, and the session of a caller, none for a service. The root user is its
// account and nothing else.
func (p Principal) identities() []string {
	if p.Service != "" {
		return nil
	}
	var ids []string
	if p.Account != "" {
		ids = append(ids, p.Account)
	}
	if role, ok := p.role(); ok {
		ids = append(ids, role)
	}
	if p.ARN != "" && accounts([]string{p.ARN})[0] == p.ARN {
		ids = append(ids, p.ARN)
	}
	return ids
}

// role returns the ARN of the role whose session the caller is. A session does not tell the role's path.
func (p Principal) role() (string, bool) {
	session, err := arn.Parse(p.ARN)
	if err != nil || session.Service != "sts" {
		return "", false
	}
	parts := strings.Split(session.Resource, "/")
	if len(parts) != 3 || parts[0] != "assumed-role" {
		return "", false
	}
	return arn.ARN{
		Partition: session.Partition, Service: "iam", AccountID: session.AccountID, Resource: "role/" + parts[1],
	}.String(), true
}

// namedBy returns whether an identity is among the AWS members of a principal.
func (p Principal) namedBy(members []string) func(id string) bool {
	role, _ := p.role()
	return func(id string) bool {
		return slices.ContainsFunc(members, func(member string) bool {
			return member == id || id == role && pathless(member) == role
		})
	}
}

// pathless returns the ARN of a role without the role's path, other ARNs as they are.
func pathless(member string) string {
	a, err := arn.Parse(member)
	if err != nil || a.Service != "iam" || !strings.HasPrefix(a.Resource, "role/") {
		return member
	}
	a.Resource = "role/" + a.Resource[strings.LastIndex(a.Resource, "/")+1:]
	return a.String()
}
