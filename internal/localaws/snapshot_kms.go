package localaws

import (
	"fmt"
	"time"
)

type savedKMSKey struct {
	ID, Region, Account, Description string
	Managed                          bool
	Policy                           string
	Disabled                         bool
	Deletion, Created                time.Time
	Tags                             map[string]string
}

func (k *kmsKey) saved() savedKMSKey {
	return savedKMSKey{
		ID: k.id, Region: k.region, Account: k.account, Description: k.description, Managed: k.managed, Policy: k.policy,
		Disabled: k.disabled, Deletion: k.deletion, Created: k.created, Tags: k.tags,
	}
}

func (k savedKMSKey) restored(arn string) *kmsKey {
	return &kmsKey{
		arn: arn, id: k.ID, region: k.Region, account: k.Account, description: k.Description, managed: k.Managed,
		policy: k.Policy, disabled: k.Disabled, deletion: k.Deletion, created: k.Created, tags: k.Tags,
	}
}

type savedKMSAlias struct {
	Name, Target     string
	Created, Updated time.Time
}

func (a *kmsAlias) saved() savedKMSAlias {
	return savedKMSAlias{a.name, a.target, a.created, a.updated}
}

func (a savedKMSAlias) restored(arn string) *kmsAlias {
	return &kmsAlias{arn, a.Name, a.Target, a.Created, a.Updated}
}

// savedAccessKey is a key that AssumeRole gave.
type savedAccessKey struct {
	Account, ARN, UserID, Secret string
	Expires                      time.Time
}

func (k accessKey) saved() savedAccessKey {
	return savedAccessKey{k.account, k.arn, k.userID, k.secret, k.expires}
}

func (k savedAccessKey) restored() accessKey {
	return accessKey{k.Account, k.ARN, k.UserID, k.Secret, k.Expires}
}

// savedIDs is where the ids stand, so that none comes twice.
type savedIDs struct {
	Random  []byte
	Counter uint64
}

func (s *idSource) saved() savedIDs {
	random, _ := s.source.MarshalBinary() // it never fails
	return savedIDs{random, s.counter}
}

func (s *idSource) restore(saved savedIDs) error {
	if err := s.source.UnmarshalBinary(saved.Random); err != nil {
		return fmt.Errorf("reading where the ids stand: %w", err)
	}
	s.counter = saved.Counter
	return nil
}
