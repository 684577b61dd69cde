/** The client every simulator knows; it unlocks nothing but simulated books. */
export const SIMULATOR_CLIENT_ID = '1000.SIMULATORCLIENT0000000000000000'
export const SIMULATOR_CLIENT_SECRET = 'simulator-client-secret-of-no-value'
