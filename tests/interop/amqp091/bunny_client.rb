# The story of run_clients.py by Ruby's bunny. Usage: ruby bunny_client.rb PORT; prints a line for
# each part.
require "bunny"
require "timeout"

WAIT_SECONDS = 60
address = { host: "127.0.0.1", port: ARGV.fetch(0).to_i, automatically_recover: false }
connection = Bunny.new(address)
connection.start
part = lambda do |name, &play|
  channel = connection.create_channel
  puts "#{name}: #{play.call(channel)}"
  channel.close
end
take = lambda do |channel, queue|
  _, _, body = channel.basic_get(queue)
  body || "empty"
end
# What comes on another thread.
await = lambda do |come|
  Timeout.timeout(WAIT_SECONDS) { come.pop }
end

part.call("confirm") do |channel|
  channel.queue_declare("c.confirm")
  channel.confirm_select
  channel.basic_publish("hello", "", "c.confirm", persistent: true)
  raise "not confirmed" unless channel.wait_for_confirms
  "#{take.call(channel, 'c.confirm')} #{take.call(channel, 'c.confirm')}"
end

part.call("returned") do |channel|
  back = Queue.new
  exchange = channel.default_exchange
  exchange.on_return { |told, _, body| back << [told, body] }
  exchange.publish("lost", routing_key: "c.nowhere", mandatory: true)
  told, body = await.call(back)
  "#{told.reply_code} #{told.reply_text} #{body}"
end

part.call("nack") do |channel|
  queue = channel.queue("c.nack")
  channel.basic_publish("again", "", "c.nack")
  got = Queue.new
  queue.subscribe(manual_ack: true) { |*delivery| got << delivery }
  first, = await.call(got)
  channel.nack(first.delivery_tag, false, true)
  second, _, body = await.call(got)
  channel.ack(second.delivery_tag)
  "#{body} #{second.redelivered?}"
end

part.call("dead letter") do |channel|
  channel.queue_declare("c.dead")
  channel.queue_declare("c.reject", arguments: { "x-dead-letter-exchange" => "",
                                                 "x-dead-letter-routing-key" => "c.dead" })
  channel.basic_publish("bad", "", "c.reject")
  rejected, = channel.basic_get("c.reject", manual_ack: true)
  channel.reject(rejected.delivery_tag, false)
  properties = body = nil
  _, properties, body = channel.basic_get("c.dead") while body.nil?
  death = properties[:headers]["x-death"].first
  "#{body} #{death['reason']} #{death['queue']} #{death['count']}"
end

part.call("cancelled") do |channel|
  queue = channel.queue("c.cancel")
  told = Queue.new
  consumer = Bunny::Consumer.new(channel, queue)
  consumer.on_cancellation { |cancel| told << cancel.consumer_tag }
  queue.subscribe_with(consumer)
  queue.delete
  await.call(told) == consumer.consumer_tag ? "null" : "another tag"
end

part.call("stopped") do |channel|
  queue = channel.queue("c.stop")
  got = Queue.new
  consumer = queue.subscribe { |*delivery| got << delivery }
  consumer.cancel
  channel.basic_publish("kept", "", "c.stop")
  "#{take.call(channel, 'c.stop')}#{' consumed' unless got.empty?}"
end

part.call("exclusive") do |channel|
  channel.queue_declare("c.mine", exclusive: true)
  other = Bunny.new(address)
  other.start
  seen = begin
    other.create_channel.queue_declare("c.mine", passive: true)
    "allowed"
  rescue Bunny::ChannelLevelException => refused
    refused.channel_close.reply_code
  end
  other.close
  seen
end

part.call("transaction") do |channel|
  channel.queue_declare("c.tx")
  channel.tx_select
  channel.basic_publish("forgotten", "", "c.tx")
  channel.tx_rollback
  channel.basic_publish("kept", "", "c.tx")
  channel.tx_commit
  "#{take.call(channel, 'c.tx')} #{take.call(channel, 'c.tx')}"
end

connection.update_secret("guest", "it is renewed")
puts "secret: updated"
connection.close
