# The allowed edges between modules: TERN_LAYER_<module> lists what <module> may include.
# A module is a folder under src/; its name is the path with "/" as "_". Tests and fuzz targets may
# use more. tests/layers/check_includes.py reads this file and every #include. A new edge is an
# architecture change: write an ADR.

# words: no I/O
set(TERN_LAYER_base "")
set(TERN_LAYER_bytes base)
set(TERN_LAYER_message base bytes)

# rules: no I/O, no clock, no thread
set(TERN_LAYER_broker_api base bytes message)
set(TERN_LAYER_security base broker_api)
set(TERN_LAYER_security_crypto base bytes security)
set(TERN_LAYER_broker_ports base bytes message broker_api)
set(TERN_LAYER_broker_address base broker_api)
set(TERN_LAYER_broker_policy broker_api)
set(TERN_LAYER_broker_selector base)
set(TERN_LAYER_broker_route base bytes message broker_api)
set(TERN_LAYER_broker_filter base bytes message broker_selector)
set(TERN_LAYER_broker_queue base bytes message broker_api broker_filter broker_ports)
set(TERN_LAYER_broker_schedule base bytes message broker_api)
set(TERN_LAYER_broker_plugins base message broker_api broker_policy broker_selector)
set(TERN_LAYER_broker_txn base bytes message broker_api broker_ports)
set(TERN_LAYER_config base bytes broker_api broker_policy broker_selector)

# rooms: no I/O, unknown to each other
set(TERN_LAYER_protocol base bytes message broker_api)
set(TERN_LAYER_protocol_amqp10_codec base bytes)
set(TERN_LAYER_protocol_amqp10 base bytes message broker_api protocol protocol_amqp10_codec)
set(TERN_LAYER_protocol_openwire_codec base bytes)
set(TERN_LAYER_protocol_openwire base bytes message broker_api protocol protocol_openwire_codec)
set(TERN_LAYER_protocol_stomp_codec base bytes)
set(TERN_LAYER_protocol_stomp base bytes message broker_api broker_route protocol
    protocol_stomp_codec)
set(TERN_LAYER_protocol_amqp091_codec base bytes)
set(TERN_LAYER_protocol_mqtt_codec base bytes)
set(TERN_LAYER_protocol_mqtt base bytes message broker_api broker_route protocol
    protocol_mqtt_codec)
set(TERN_LAYER_protocol_amqp091 base bytes message broker_api broker_route protocol
    protocol_amqp091_codec)

# how operators see the broker: no I/O
set(TERN_LAYER_admin base bytes message broker_api)

set(TERN_LAYER_admin_console admin)
# RabbitMQ's management API does as a client of AMQP 0-9-1 does: docs/adr/0023
set(TERN_LAYER_admin_rabbitmq base bytes message broker_api broker_route admin protocol_amqp091
    protocol_amqp091_codec)

# I/O
set(TERN_LAYER_runtime base bytes)
set(TERN_LAYER_runtime_sealed base bytes runtime)
set(TERN_LAYER_journal base bytes runtime)
set(TERN_LAYER_store base bytes message broker_api broker_ports runtime journal)
set(TERN_LAYER_store_tools base bytes message broker_api broker_ports broker_route runtime journal
    store)
set(TERN_LAYER_engine base bytes message security broker_api broker_policy broker_ports
    broker_address broker_filter broker_queue broker_route broker_schedule broker_txn runtime store)
set(TERN_LAYER_gateway base bytes message broker_api protocol runtime engine)
set(TERN_LAYER_client base bytes protocol_openwire_codec)
set(TERN_LAYER_load base bytes protocol_openwire_codec)
set(TERN_LAYER_config_files base config security security_crypto)
set(TERN_LAYER_admin_http base runtime admin)
set(TERN_LAYER_realms base bytes broker_api config security security_crypto)

# programs
set(TERN_LAYER_server base bytes message security security_crypto realms broker_api broker_address
    broker_plugins broker_policy broker_route config
    config_files
    protocol protocol_amqp091 protocol_amqp10 protocol_mqtt protocol_openwire protocol_stomp runtime
    runtime_sealed journal store store_tools
    engine gateway admin admin_console admin_http admin_rabbitmq)
set(TERN_LAYER_cli base bytes client load config config_files admin security security_crypto runtime
    runtime_sealed store_tools)

# The modules that may open sockets and files, start threads, read clocks and use coroutines. All
# others take bytes or commands and return effects.
set(TERN_IO_MODULES runtime runtime_sealed journal store store_tools engine gateway client load
    config_files admin_http realms server cli)
