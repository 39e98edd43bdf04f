package localaws

import (
	"regexp"
	"strings"
	"time"
)

// kmsAlias is one version of an alias; its key is of the same account and region.
type kmsAlias struct {
	arn, name string
	// target is the ARN of the key.
	target           string
	created, updated time.Time
}

// managedAlias begins the names of the aliases of keys that AWS manages.
const managedAlias = "alias/aws/"

// findAlias returns an alias by its ARN, nil for none. The keys that AWS manages for SNS and SQS exist once someone
// asks for them, see https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html.
func (s *Server) findAlias(arn string, stale bool) *kmsAlias {
	a := s.kmsAliases.get(arn, stale)
	if a != nil {
		return a
	}
	parts, _ := parseARN(arn)
	service, managed := strings.CutPrefix(parts.resource, managedAlias)
	if !managed || service != serviceSNS && service != serviceSQS || !isAccountID(parts.account) {
		return nil
	}
	if made := s.kmsAliases.get(arn, false); made != nil {
		return made
	}
	k := s.newKey(parts.region, parts.account)
	k.managed = true
	k.description = "Default key that protects my " + strings.ToUpper(service) + " data when no other key is defined"
	k.policy = managedKeyPolicy(k, service)
	s.kmsKeys.put(k.arn, k)
	a = &kmsAlias{arn: arn, name: parts.resource, target: k.arn, created: k.created, updated: k.created}
	s.kmsAliases.put(arn, a)
	return a
}

// aliasRef is the part of an input that names an alias.
type aliasRef struct{ AliasName string }

func (r aliasRef) resource(rq *request) string {
	return scopePrefix(serviceKMS, rq.region, rq.caller.account) + r.AliasName
}

var aliasName = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]{1,250}$`)

// check refuses names that a caller cannot give, change or delete.
func (r aliasRef) check() error {
	switch {
	case r.AliasName == "":
		return kmsMissing("aliasName")
	case !strings.HasPrefix(r.AliasName, "alias/"):
		return kmsError("ValidationException", "Invalid identifier")
	case !aliasName.MatchString(r.AliasName):
		return kmsError("InvalidAliasNameException", "%s is not a valid alias name.", r.AliasName)
	case strings.HasPrefix(r.AliasName, managedAlias):
		return kmsError("NotAuthorizedException", "")
	default:
		return nil
	}
}

type aliasInput struct {
	aliasRef
	TargetKeyID string `json:"TargetKeyId"`
}

// aliasTarget finds the key that an alias shall name; an alias does not name another.
func (s *Server) aliasTarget(rq *request, in *aliasInput) (*kmsKey, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if in.TargetKeyID == "" {
		return nil, kmsMissing("targetKeyId")
	}
	if strings.Contains(in.TargetKeyID, "alias/") {
		return nil, kmsError("ValidationException", "Aliases must refer to keys. Not aliases")
	}
	return s.settledKey(rq, in.TargetKeyID)
}

func (s *Server) createAlias(rq *request, in *aliasInput) (*nothing, error) {
	k, err := s.aliasTarget(rq, in)
	if err != nil {
		return nil, err
	}
	arn := in.resource(rq)
	if s.aliasOf(rq, arn) != nil {
		return nil, kmsError("AlreadyExistsException", "An alias with the name %s already exists", arn)
	}
	s.kmsAliases.put(arn, &kmsAlias{arn: arn, name: in.AliasName, target: k.arn, created: rq.now, updated: rq.now})
	return &nothing{}, nil
}

func (s *Server) updateAlias(rq *request, in *aliasInput) (*nothing, error) {
	k, err := s.aliasTarget(rq, in)
	if err != nil {
		return nil, err
	}
	a := s.aliasOf(rq, in.resource(rq))
	if a == nil {
		return nil, noAlias(in.resource(rq))
	}
	next := *a
	next.target, next.updated = k.arn, rq.now
	s.kmsAliases.put(next.arn, &next)
	return &nothing{}, nil
}

func (s *Server) deleteAlias(rq *request, in *aliasRef) (*nothing, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	a := s.aliasOf(rq, in.resource(rq))
	if a == nil {
		return nil, noAlias(in.resource(rq))
	}
	if _, err := s.key(rq, a.target); err != nil {
		return nil, err
	}
	s.kmsAliases.remove(a.arn, rq.now)
	return &nothing{}, nil
}

// aliasOf returns an alias that still has its key: a key's aliases go with it.
func (s *Server) aliasOf(rq *request, arn string) *kmsAlias {
	a := s.kmsAliases.get(arn, rq.stale)
	if a == nil {
		return nil
	}
	if k := s.kmsKeys.get(a.target, rq.stale); k == nil || k.gone(rq.now) {
		return nil
	}
	return a
}

func noAlias(arn string) *apiError {
	return kmsError("NotFoundException", "Alias %s is not found.", arn)
}
