// What go-amqp, unmodified, can do with the broker. Argument: host:port. Tells of each test in a
// line: "ok FEATURE name" or "failed …".
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"reflect"
	"time"

	"github.com/Azure/go-amqp"
)

const wait = 20 * time.Second

var address string

type test struct {
	feature, name string
	run           func()
}

func unique(prefix string) string {
	return fmt.Sprintf("%s.%d", prefix, rand.Int63())
}

func check(problem error) {
	if problem != nil {
		panic(problem)
	}
}

func equal(got, wanted interface{}) {
	if !reflect.DeepEqual(got, wanted) {
		panic(fmt.Sprintf("got %v, not %v", got, wanted))
	}
}

type client struct {
	context.Context
	conn    *amqp.Conn
	session *amqp.Session
}

// connected gives the test a connection that ends with it.
func connected(options *amqp.ConnOptions, body func(c client)) {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	conn, problem := amqp.Dial(ctx, "amqp://"+address, options)
	check(problem)
	defer conn.Close()
	session, problem := conn.NewSession(ctx, nil)
	check(problem)
	body(client{ctx, conn, session})
}

func (c client) sender(target string, options *amqp.SenderOptions) *amqp.Sender {
	sender, problem := c.session.NewSender(c, target, options)
	check(problem)
	return sender
}

func (c client) fill(queue string, bodies ...string) {
	sender := c.sender(queue, nil)
	for _, body := range bodies {
		check(sender.Send(c, durable(body), nil))
	}
	check(sender.Close(c))
}

func durable(body string) *amqp.Message {
	message := amqp.NewMessage([]byte(body))
	message.Header = &amqp.MessageHeader{Durable: true, Priority: 4}
	return message
}

func (c client) receiver(source string, options *amqp.ReceiverOptions) *amqp.Receiver {
	receiver, problem := c.session.NewReceiver(c, source, options)
	check(problem)
	return receiver
}

func (c client) receive(from *amqp.Receiver) *amqp.Message {
	message, problem := from.Receive(c, nil)
	check(problem)
	return message
}

func (c client) body(from *amqp.Receiver) string {
	message := c.receive(from)
	check(from.AcceptMessage(c, message))
	return string(message.GetData())
}

func condition(problem error) string {
	var link *amqp.LinkError
	if errors.As(problem, &link) && link.RemoteErr != nil {
		return string(link.RemoteErr.Condition)
	}
	var remote *amqp.Error
	if errors.As(problem, &remote) {
		return string(remote.Condition)
	}
	return fmt.Sprint(problem)
}

func inOrder() {
	connected(nil, func(c client) {
		queue := unique("queue")
		var bodies []string
		for i := 0; i < 200; i++ {
			bodies = append(bodies, fmt.Sprint(i))
		}
		c.fill(queue, bodies...)
		receiver := c.receiver(queue, &amqp.ReceiverOptions{Credit: 50})
		for _, body := range bodies {
			equal(c.body(receiver), body)
		}
	})
}

func presettled() {
	connected(nil, func(c client) {
		queue := unique("queue")
		mode := amqp.SenderSettleModeSettled
		sender := c.sender(queue, &amqp.SenderOptions{SettlementMode: &mode})
		receiver := c.receiver(queue, &amqp.ReceiverOptions{RequestedSenderSettleMode: &mode})
		for i := 0; i < 20; i++ {
			check(sender.Send(c, durable(fmt.Sprint(i)), nil))
			equal(string(c.receive(receiver).GetData()), fmt.Sprint(i))
		}
	})
}

func large() {
	connected(nil, func(c client) {
		queue := unique("queue")
		body := string(bytes.Repeat([]byte("large"), 1_000_000))
		c.fill(queue, body)
		equal(c.body(c.receiver(queue, nil)), body)
	})
}

func outcomes() {
	connected(nil, func(c client) {
		queue := unique("queue")
		c.fill(queue, "m")
		receiver := c.receiver(queue, nil)
		check(receiver.ReleaseMessage(c, c.receive(receiver)))
		again := c.receive(receiver)
		equal(again.Header == nil || again.Header.DeliveryCount == 0, true)
		check(receiver.ModifyMessage(c, again, &amqp.ModifyMessageOptions{DeliveryFailed: true}))
		again = c.receive(receiver)
		equal(again.Header.DeliveryCount, uint32(1))
		check(receiver.AcceptMessage(c, again))
	})
}

func rejected() {
	connected(nil, func(c client) {
		queue, body := unique("queue"), unique("letter")
		c.fill(queue, body)
		receiver := c.receiver(queue, nil)
		check(receiver.RejectMessage(c, c.receive(receiver), &amqp.Error{Condition: "my:reason"}))
		letters := c.receiver("ActiveMQ.DLQ", &amqp.ReceiverOptions{Credit: 1})
		for c.body(letters) != body {
		}
	})
}

func topics() {
	connected(nil, func(c client) {
		topic := unique("topic")
		one := c.receiver("topic://"+topic, nil)
		two := c.receiver(topic, &amqp.ReceiverOptions{SourceCapabilities: []string{"topic"}})
		sender := c.sender(topic, &amqp.SenderOptions{TargetCapabilities: []string{"topic"}})
		check(sender.Send(c, durable("news"), nil))
		equal(c.body(one), "news")
		equal(c.body(two), "news")
	})
}

func reply() {
	connected(nil, func(c client) {
		queue := unique("queue")
		replies := c.receiver("", &amqp.ReceiverOptions{DynamicAddress: true})
		to := replies.Address()
		request := durable("?")
		request.Properties = &amqp.MessageProperties{ReplyTo: &to}
		check(c.sender(queue, nil).Send(c, request, nil))
		got := c.receive(c.receiver(queue, nil))
		check(c.sender(*got.Properties.ReplyTo, nil).Send(c, durable("!"), nil))
		equal(c.body(replies), "!")
	})
}

func missing() {
	connected(nil, func(c client) {
		_, problem := c.session.NewSender(c, "temp-queue://there-is-none", nil)
		equal(condition(problem), "amqp:not-found")
	})
}

func selector() {
	connected(nil, func(c client) {
		queue := unique("queue")
		sender := c.sender(queue, nil)
		for _, colour := range []string{"blue", "red"} {
			message := durable(colour)
			message.ApplicationProperties = map[string]interface{}{"colour": colour}
			check(sender.Send(c, message, nil))
		}
		receiver := c.receiver(queue, &amqp.ReceiverOptions{
			Filters: []amqp.LinkFilter{amqp.NewSelectorFilter("colour = 'red'")}})
		equal(c.body(receiver), "red")
		_, problem := c.session.NewReceiver(c, queue, &amqp.ReceiverOptions{
			Filters: []amqp.LinkFilter{amqp.NewSelectorFilter("this is = none")}})
		equal(condition(problem), "amqp:invalid-field")
	})
}

func durableSubscription() {
	topic, name, id := unique("topic"), unique("sub"), unique("client")
	options := &amqp.ReceiverOptions{Name: name, SourceDurability: amqp.DurabilityUnsettledState,
		SourceExpiryPolicy: amqp.ExpiryPolicyNever, SourceCapabilities: []string{"topic"}}
	connected(&amqp.ConnOptions{ContainerID: id}, func(c client) { c.receiver(topic, options) })
	connected(nil, func(c client) { c.fill("topic://"+topic, "while away") })
	connected(&amqp.ConnOptions{ContainerID: id}, func(c client) {
		receiver := c.receiver(topic, options)
		equal(c.body(receiver), "while away")
		check(receiver.Close(c))
	})
}

func everything() {
	connected(nil, func(c client) {
		queue := unique("queue")
		text := func(s string) *string { return &s }
		sequence := uint32(3)
		sent := amqp.NewMessage([]byte("body"))
		sent.Header = &amqp.MessageHeader{Durable: true, Priority: 8}
		sent.Annotations = amqp.Annotations{"x-opt-mine": "kept"}
		sent.Properties = &amqp.MessageProperties{MessageID: "id", UserID: []byte("me"),
			Subject: text("s"), ReplyTo: text("r"), CorrelationID: uint64(7),
			ContentType: text("text/plain"), ContentEncoding: text("e"), GroupID: text("g"),
			GroupSequence: &sequence, ReplyToGroupID: text("rg")}
		sent.ApplicationProperties = map[string]interface{}{"text": "x", "number": int64(7)}
		check(c.sender(queue, nil).Send(c, sent, nil))
		got := c.receive(c.receiver(queue, nil))
		equal(got.Properties, sent.Properties)
		equal(got.ApplicationProperties, sent.ApplicationProperties)
		equal(got.Annotations, sent.Annotations)
		equal(got.Data, sent.Data)
		equal(got.Header.Priority, uint8(8))
		equal(got.Header.Durable, true)
	})
}

func logins() {
	for _, kind := range []amqp.SASLType{amqp.SASLTypeAnonymous(), amqp.SASLTypePlain("u", "peer-secret")} {
		connected(&amqp.ConnOptions{SASLType: kind}, func(client) {})
	}
}

func frames() {
	connected(&amqp.ConnOptions{MaxFrameSize: 512}, func(c client) {
		queue := unique("queue")
		body := string(bytes.Repeat([]byte("x"), 20_000))
		c.fill(queue, body)
		equal(c.body(c.receiver(queue, nil)), body)
	})
}

func run(one test) (problem interface{}) {
	defer func() { problem = recover() }()
	one.run()
	return nil
}

func main() {
	address = os.Args[1]
	for _, one := range []test{
		{"Transfers", "in order, unsettled", inOrder},
		{"Transfers", "presettled", presettled},
		{"Transfers", "large messages", large},
		{"Transfers", "smallest frames", frames},
		{"Outcomes", "released and modified", outcomes},
		{"Outcomes", "rejected", rejected},
		{"Nodes", "topics", topics},
		{"Nodes", "request and reply", reply},
		{"Nodes", "a node that is not there", missing},
		{"Subscriptions", "selectors", selector},
		{"Subscriptions", "durable", durableSubscription},
		{"Messages", "everything that is said of one", everything},
		{"Connections", "PLAIN and ANONYMOUS", logins},
	} {
		if problem := run(one); problem != nil {
			fmt.Printf("failed %s %s: %v\n", one.feature, one.name, problem)
		} else {
			fmt.Printf("ok %s %s\n", one.feature, one.name)
		}
	}
}
