package dev.weir.jobs;

/** Nobody outside its package can call its main(). */
final class NotPublic {
    private NotPublic() {}

    public static void main(String[] args) {}
}
