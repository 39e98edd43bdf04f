package localaws

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// role says who may assume a registered role.
type role struct {
	externalID string
	trusted    []string
}

// admits reports whether the caller may assume the role.
func (r role) admits(caller identity, externalID string) bool {
	trusted := len(r.trusted) == 0 || slices.Contains(r.trusted, caller.account)
	return trusted && (r.externalID == "" || r.externalID == externalID)
}

type getCallerIdentityOutput struct {
	UserID       string `json:"UserId"`
	Account, Arn string
}

func (s *Server) getCallerIdentity(rq *request, _ *nothing) (*getCallerIdentityOutput, error) {
	return &getCallerIdentityOutput{UserID: rq.caller.userID, Account: rq.caller.account, Arn: rq.caller.arn}, nil
}

type assumeRoleInput struct {
	RoleArn         string
	RoleSessionName string
	ExternalID      string `json:"ExternalId,omitempty"`
	DurationSeconds int    `json:",omitempty"`
}

func (in assumeRoleInput) resource(*request) string { return in.RoleArn }

type sessionCredentials struct {
	AccessKeyID                               string `json:"AccessKeyId"`
	SecretAccessKey, SessionToken, Expiration string
}

type assumedRoleUser struct {
	AssumedRoleID string `json:"AssumedRoleId"`
	Arn           string
}

type assumeRoleOutput struct {
	Credentials     sessionCredentials
	AssumedRoleUser assumedRoleUser
}

// assumeRole issues a key that belongs to the role's account, see
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html.
func (s *Server) assumeRole(rq *request, in *assumeRoleInput) (*assumeRoleOutput, error) {
	arn, ok := parseARN(in.RoleArn)
	path, isRole := strings.CutPrefix(arn.resource, "role/")
	duration := time.Duration(in.DurationSeconds) * time.Second
	if duration == 0 {
		duration = time.Hour
	}
	switch {
	case !ok || !isRole || arn.service != "iam" || !isAccountID(arn.account):
		return nil, newError("ValidationError", http.StatusBadRequest, "%s is invalid", in.RoleArn)
	case len(in.RoleSessionName) < 2 || len(in.RoleSessionName) > 64:
		return nil, newError("ValidationError", http.StatusBadRequest,
			"Value '%s' at 'roleSessionName' failed to satisfy constraint: Member must have length between 2 and 64",
			in.RoleSessionName)
	case duration < 15*time.Minute || duration > 12*time.Hour:
		return nil, newError("ValidationError", http.StatusBadRequest,
			"Value '%d' at 'durationSeconds' failed to satisfy constraint: Member must be between 900 and 43200",
			in.DurationSeconds)
	case !s.roles[in.RoleArn].admits(rq.caller, in.ExternalID):
		return nil, newError("AccessDenied", http.StatusForbidden,
			"User: %s is not authorized to perform: sts:AssumeRole on resource: %s", rq.caller.arn, in.RoleArn)
	}
	maps.DeleteFunc(s.issued, func(_ string, k accessKey) bool { return k.expires.Before(rq.now.Add(-time.Hour)) })
	roleID, name := s.ids.keyID("AROA"), path[strings.LastIndex(path, "/")+1:]
	key := accessKey{
		account: arn.account, userID: roleID + ":" + in.RoleSessionName, secret: s.ids.token(20),
		arn:     "arn:" + arn.partition + ":sts::" + arn.account + ":assumed-role/" + name + "/" + in.RoleSessionName,
		expires: rq.now.Add(duration),
	}
	id := s.ids.keyID("ASIA")
	s.issued[id] = key
	return &assumeRoleOutput{
		Credentials: sessionCredentials{
			AccessKeyID: id, SecretAccessKey: key.secret, SessionToken: s.ids.token(32),
			Expiration: key.expires.UTC().Format(time.RFC3339),
		},
		AssumedRoleUser: assumedRoleUser{AssumedRoleID: key.userID, Arn: key.arn},
	}, nil
}
