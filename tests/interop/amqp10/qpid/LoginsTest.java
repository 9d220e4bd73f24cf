package interop.qpid;

import static org.junit.Assert.assertThrows;

import jakarta.jms.JMSContext;
import jakarta.jms.JMSSecurityRuntimeException;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.Test;

/** At a broker that knows users. */
public class LoginsTest extends QpidFixture {
    private static void logIn(String user, String password, String mechanism) {
        logIn(user, password, mechanism, "guarded");
    }

    private static void logIn(String user, String password, String mechanism, String broker) {
        JmsConnectionFactory factory = new JmsConnectionFactory(user, password,
                System.getProperty(broker) + "?amqp.saslMechanisms=" + mechanism);
        try (JMSContext context = factory.createContext()) {
            context.start();
        }
    }

    @Test
    public void scramWithAPasswordAndWithItsHash() {
        logIn("ann", "ann-secret", "SCRAM-SHA-256");
        logIn("bob", "bob-secret", "SCRAM-SHA-256");
    }

    @Test
    public void scramWithALongerHash() {
        logIn("ann", "ann-secret", "SCRAM-SHA-512", "guarded.512");
        logIn("bob", "bob-secret", "SCRAM-SHA-512", "guarded.512");
        assertThrows(JMSSecurityRuntimeException.class,
                () -> logIn("bob", "wrong", "SCRAM-SHA-512", "guarded.512"));
    }

    @Test
    public void scramIsWhatTheClientChooses() {
        logIn("ann", "ann-secret", "SCRAM-SHA-256,PLAIN,ANONYMOUS");
        logIn("ann", "ann-secret", "PLAIN");
    }

    @Test
    public void wrongPasswordsAreRefused() {
        for (String mechanism : new String[] {"SCRAM-SHA-256", "PLAIN"}) {
            assertThrows(JMSSecurityRuntimeException.class,
                    () -> logIn("ann", "wrong", mechanism));
            assertThrows(JMSSecurityRuntimeException.class,
                    () -> logIn("nobody", "ann-secret", mechanism));
        }
    }
}
