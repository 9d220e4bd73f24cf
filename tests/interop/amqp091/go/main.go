// What Terraform's provider for RabbitMQ does with the management API, by the same library: makes
// each kind of thing, reads it, changes it, reads it, deletes it and finds it gone. Argument: the
// API's URL. Prints a line for each step with what was seen.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sort"

	rabbithole "github.com/michaelklishin/rabbit-hole/v2"
)

const vhost = "terraform"

var client *rabbithole.Client

// done tells of a request that changes something: its status, or why it was refused.
func done(step string, answer *http.Response, problem error) {
	var refused rabbithole.ErrorResponse
	switch {
	case errors.As(problem, &refused):
		fmt.Printf("%s: %d %s: %q\n", step, refused.StatusCode, refused.Message, refused.Reason)
	case problem != nil:
		panic(fmt.Sprintf("%s: %v", step, problem))
	default:
		fmt.Printf("%s: %d\n", step, answer.StatusCode)
	}
}

// read tells of what is there, or that it is not.
func read(step string, seen interface{}, problem error) {
	if problem != nil {
		done(step, nil, problem)
		return
	}
	text, problem := json.Marshal(seen)
	if problem != nil {
		panic(problem)
	}
	fmt.Printf("%s: %s\n", step, text)
}

func vhosts() {
	for _, settings := range []rabbithole.VhostSettings{
		{Description: "first", Tags: rabbithole.VhostTags{"a", "b"}}, {Description: "second"},
	} {
		answer, problem := client.PutVhost(vhost, settings)
		done("put vhost", answer, problem)
		seen, problem := client.GetVhost(vhost)
		if problem == nil {
			read("vhost", []interface{}{seen.Name, seen.Description, seen.Tags}, nil)
		} else {
			read("vhost", nil, problem)
		}
	}
}

func users() {
	for _, settings := range []rabbithole.UserSettings{
		{Password: "secret", Tags: rabbithole.UserTags{"management"}},
		{Password: "other", Tags: rabbithole.UserTags{"management", "policymaker"}},
	} {
		answer, problem := client.PutUser("tf", settings)
		done("put user", answer, problem)
		seen, problem := client.GetUser("tf")
		if problem == nil {
			hashed := len(seen.PasswordHash) == 48
			read("user", []interface{}{seen.Name, seen.Tags, seen.HashingAlgorithm, hashed}, nil)
		} else {
			read("user", nil, problem)
		}
	}
}

func permissions() {
	for _, write := range []string{"^tf", ".*"} {
		answer, problem := client.UpdatePermissionsIn(
			vhost, "tf", rabbithole.Permissions{Configure: "", Write: write, Read: ".*"})
		done("put permissions", answer, problem)
		seen, problem := client.GetPermissionsIn(vhost, "tf")
		read("permissions", seen, problem)
		answer, problem = client.UpdateTopicPermissionsIn(vhost, "tf",
			rabbithole.TopicPermissions{Exchange: "amq.topic", Write: write, Read: "^a"})
		done("put topic permissions", answer, problem)
		all, problem := client.GetTopicPermissionsIn(vhost, "tf")
		read("topic permissions", all, problem)
	}
}

func topology() {
	answer, problem := client.DeclareExchange(vhost, "x", rabbithole.ExchangeSettings{
		Type: "topic", Durable: true, Arguments: map[string]interface{}{"alternate-exchange": "y"}})
	done("put exchange", answer, problem)
	answer, problem = client.DeclareExchange(
		vhost, "x", rabbithole.ExchangeSettings{Type: "fanout", Durable: true})
	done("put another exchange of that name", answer, problem)
	exchange, problem := client.GetExchange(vhost, "x")
	if problem == nil {
		read("exchange", []interface{}{exchange.Name, exchange.Vhost, exchange.Type,
			exchange.Durable, exchange.AutoDelete, exchange.Arguments}, nil)
	} else {
		read("exchange", nil, problem)
	}
	for _, kind := range []string{"classic", "quorum"} {
		answer, problem = client.DeclareQueue(vhost, kind, rabbithole.QueueSettings{
			Durable: true, Arguments: map[string]interface{}{
				"x-queue-type": kind, "x-max-length": 10}})
		done("put queue", answer, problem)
		queue, problem := client.GetQueue(vhost, kind)
		if problem == nil {
			read("queue", []interface{}{queue.Name, queue.Vhost, queue.Type, queue.Durable,
				queue.AutoDelete, queue.Arguments}, nil)
		} else {
			read("queue", nil, problem)
		}
	}
	bindings()
}

func bindings() {
	for _, one := range []rabbithole.BindingInfo{
		{Source: "x", Destination: "classic", DestinationType: "queue", RoutingKey: "a.#"},
		{Source: "x", Destination: "classic", DestinationType: "queue", RoutingKey: "a/b%c",
			Arguments: map[string]interface{}{"n": 1}},
		{Source: "x", Destination: "amq.fanout", DestinationType: "exchange", RoutingKey: ""},
	} {
		answer, problem := client.DeclareBinding(vhost, one)
		done("put binding", answer, problem)
	}
	all, problem := client.ListBindingsIn(vhost)
	if problem != nil {
		panic(problem)
	}
	sort.Slice(all, func(i, k int) bool { return all[i].RoutingKey < all[k].RoutingKey })
	bound := 0
	for _, one := range all {
		if one.Source != "x" {
			continue
		}
		bound++
		// How arguments are told apart is the broker's own affair.
		answer, problem := client.DeleteBinding(vhost, one)
		done(fmt.Sprintf("delete binding to %s by %q", one.Destination, one.RoutingKey), answer,
			problem)
	}
	fmt.Printf("bindings: %d\n", bound)
}

func policies() {
	for _, priority := range []int{0, 5} {
		answer, problem := client.PutPolicy(vhost, "p", rabbithole.Policy{Pattern: "^classic",
			ApplyTo: "queues", Priority: priority, Definition: rabbithole.PolicyDefinition{
				"max-length": 5, "overflow": "reject-publish"}})
		done("put policy", answer, problem)
		seen, problem := client.GetPolicy(vhost, "p")
		read("policy", seen, problem)
		answer, problem = client.PutOperatorPolicy(vhost, "o", rabbithole.OperatorPolicy{
			Pattern: ".*", ApplyTo: "queues", Priority: priority,
			Definition: rabbithole.PolicyDefinition{"message-ttl": 60000, "expires": 3600000}})
		done("put operator policy", answer, problem)
		theirs, problem := client.GetOperatorPolicy(vhost, "o")
		read("operator policy", theirs, problem)
	}
	answer, problem := client.PutOperatorPolicy(vhost, "no", rabbithole.OperatorPolicy{
		Pattern: ".*", ApplyTo: "queues",
		Definition: rabbithole.PolicyDefinition{"dead-letter-exchange": "x"}})
	done("put operator policy that may not be", answer, problem)
	answer, problem = client.PutVhostLimits(vhost, rabbithole.VhostLimitsValues{"max-queues": 9})
	done("put limit", answer, problem)
	limits, problem := client.GetVhostLimits(vhost)
	read("limit", limits, problem)
}

// What takes a plugin that is not there.
func plugins() {
	answer, problem := client.DeclareShovel(vhost, "s", rabbithole.ShovelDefinition{
		SourceURI: rabbithole.URISet{"amqp:///terraform"}, SourceQueue: "classic",
		DestinationURI: rabbithole.URISet{"amqp:///terraform"}, DestinationQueue: "quorum"})
	done("put shovel", answer, problem)
	shovel, problem := client.GetShovel(vhost, "s")
	read("shovel", shovel, problem)
	answer, problem = client.PutFederationUpstream(vhost, "f", rabbithole.FederationDefinition{
		Uri: rabbithole.URISet{"amqp://elsewhere"}})
	done("put federation upstream", answer, problem)
	upstream, problem := client.GetFederationUpstream(vhost, "f")
	read("federation upstream", upstream, problem)
}

func end() {
	for _, one := range []struct {
		name   string
		delete func() (*http.Response, error)
	}{
		{"operator policy", func() (*http.Response, error) {
			return client.DeleteOperatorPolicy(vhost, "o")
		}},
		{"policy", func() (*http.Response, error) { return client.DeletePolicy(vhost, "p") }},
		{"queue", func() (*http.Response, error) { return client.DeleteQueue(vhost, "classic") }},
		{"exchange", func() (*http.Response, error) { return client.DeleteExchange(vhost, "x") }},
		{"topic permissions of an exchange", func() (*http.Response, error) {
			return client.DeleteTopicPermissionsIn(vhost, "tf", "amq.topic")
		}},
		{"topic permissions", func() (*http.Response, error) {
			return client.ClearTopicPermissionsIn(vhost, "tf")
		}},
		{"permissions", func() (*http.Response, error) {
			return client.ClearPermissionsIn(vhost, "tf")
		}},
	} {
		for i := 0; i < 2; i++ {
			answer, problem := one.delete()
			done("delete "+one.name, answer, problem)
		}
	}
	answer, problem := client.DeleteUser("tf")
	done("delete user", answer, problem)
	answer, problem = client.DeleteVhost(vhost)
	done("delete vhost", answer, problem)
	_, problem = client.GetVhost(vhost)
	done("vhost", nil, problem)
	_, problem = client.GetQueue(vhost, "quorum")
	done("queue", nil, problem)
}

func main() {
	var problem error
	client, problem = rabbithole.NewClient(os.Args[1], "guest", "guest")
	if problem != nil {
		panic(problem)
	}
	vhosts()
	users()
	permissions()
	topology()
	policies()
	plugins()
	end()
}
